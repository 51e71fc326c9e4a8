/** The layouts, in the order they are tried: the most particular first. */
import type { PushLayout } from '../layout.ts';
import { aidon } from './aidon.ts';
import { austria } from './austria.ts';
import { energomera } from './energomera.ts';
import { iskra } from './iskra.ts';
import { kaifa, kaifaPower } from './kaifa.ts';
import { kamstrup } from './kamstrup.ts';
import { landisGyr } from './landis-gyr.ts';
import { sagemcom } from './sagemcom.ts';

export const pushLayouts: readonly PushLayout[] = [
  aidon,
  kamstrup,
  kaifa,
  energomera,
  sagemcom,
  landisGyr,
  austria,
  iskra,
  kaifaPower,
];
