/** Amounts of the prepay ledger: whole minor units inside, exact decimal text outside. */
import { billingErrors, type PolicyAmounts, type PrepayPolicy, scaledText } from '@openami/billing';
import { currencyOf, type DecimalInput, Money } from '@openami/model';

/** Minor units of an amount that is whole in them. Raises PREPAY_AMOUNT, MONEY_INVALID, CURRENCY_UNKNOWN. */
export function minorOf(amount: string, currency: string): bigint {
  const money = new Money(amount, currency);
  if (!money.round().equals(money))
    throw billingErrors.PREPAY_AMOUNT(`${money} is not whole in its minor unit`);
  return roundedMinor(amount, currency);
}

/** Minor units of an amount, a half rounded up: bills may have more decimals than their currency. */
export function roundedMinor(amount: DecimalInput, currency: string): bigint {
  const { digits } = currencyOf(currency);
  return BigInt(
    new Money(amount, currency)
      .round()
      .amount.times(10 ** digits)
      .toFixed(0),
  );
}

/** `12.50`. */
export function amountText(minor: bigint, currency: string): string {
  return scaledText(minor, currencyOf(currency).digits);
}

/** What a policy says in money. */
export function amountsOf(policy: PrepayPolicy): PolicyAmounts {
  const of = (text: string) => minorOf(text, policy.currency);
  return {
    lowCredit: of(policy.lowCredit),
    emergencyCredit: of(policy.emergencyCredit),
    reconnectMinimum: of(policy.reconnectMinimum),
  };
}
