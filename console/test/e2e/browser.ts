/** A Chromium, a console to show in it, and the checks that every page must pass. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { expect } from 'vitest';

const workspaces = fileURLToPath(new URL('../../../', import.meta.url));

/** Where a Chromium was found; undefined where the machine has none. */
export const chromePath = [process.env.CHROME_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);

if (!chromePath) console.log('console e2e skipped: no Chromium at /usr/bin/chromium; set CHROME_PATH');

const launchArgs = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-swiftshader',
];

export function launch(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromePath!, args: [...launchArgs, ...args] });
}

/** Builds an app when its sources are newer than what was built last; the portal has parts of the console. */
export async function ensureApp(name: 'console' | 'portal'): Promise<void> {
  const root = join(workspaces, name);
  const built = join(root, 'dist/index.html');
  const newest = (dir: string): number =>
    Math.max(
      ...readdirSync(join(workspaces, dir), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
    );
  const dirs = [`${name}/src`, 'console/src', 'console/public'];
  const sources = Math.max(...dirs.map(newest), statSync(join(root, 'index.html')).mtimeMs);
  if (existsSync(built) && statSync(built).mtimeMs >= sources) return;
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' });
}

/** As `ensureApp`, of the console. */
export const ensureConsole = (): Promise<void> => ensureApp('console');

/** Errors that a page raised or wrote to its console; the content security policy reports there too. */
export function watchErrors(context: BrowserContext): string[] {
  const errors: string[] = [];
  context.on('weberror', (e) => errors.push(String(e.error())));
  context.on('console', (message) => {
    // The very first question, who is signed in, is answered 401 by design.
    if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text());
  });
  return errors;
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** Polls like Vitest, but as patiently as Playwright: a busy machine draws a map in seconds. */
export function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 20_000 });
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
}

const allRules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']";
/** What depends on colours; another scheme of the same page can break nothing else. */
const colourRules = "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }";

/** No serious or critical violation of WCAG 2.2 AA, and nothing to scroll sideways. */
export function expectAccessible(page: Page): Promise<void> {
  return expectRules(page, allRules);
}

/** The same in the light and the dark scheme, with one load of the page; ends in the dark one. */
export async function expectAccessibleInBoth(
  page: Page,
  each: (scheme: 'light' | 'dark') => Promise<void> = async () => {},
): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await expectRules(page, scheme === 'light' ? allRules : colourRules);
    await each(scheme);
  }
}

async function expectRules(page: Page, rules: string): Promise<void> {
  if (!(await page.evaluate<boolean>("typeof axe !== 'undefined'"))) await page.evaluate(axeSource);
  const result = await page.evaluate<AxeResult>(
    `axe.run({ runOnly: ${rules}, resultTypes: ['violations'], elementRef: false })`,
  );
  const serious = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
}
