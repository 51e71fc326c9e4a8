/** Several people at one console, each with a window of their own. */
import type { Browser, BrowserContext, Page, ViewportSize } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { SimMeters } from '../../../server/test/commands/sim-driver.ts';
import type { TestServer } from '../../../server/test/helpers/start-server.ts';
import {
  ensureConsole,
  eventually,
  expectAccessible,
  expectAccessibleInBoth,
  launch,
  watchErrors,
} from './browser.ts';

export const sizes = { narrow: { width: 390, height: 844 }, wide: { width: 1440, height: 900 } } as const;

interface Tab {
  readonly own: BrowserContext;
  readonly page: Page;
  /** What the page complained of so far. */
  readonly errors: string[];
}
export type Tabs<N extends string> = ReadonlyMap<N, Tab>;

export const staff = {
  ada: 'admin',
  alan: 'admin',
  olga: 'operator',
  otto: 'operator',
  vera: 'viewer',
} as const;

/** What scenes play on: a server with meters in memory, and people signed in. Ready once they play. */
export interface Stage {
  readonly sim: SimMeters;
  readonly server: TestServer;
  readonly tabs: Tabs<keyof typeof staff>;
  open(page: Page, path: string): Promise<void>;
  pageOf(name: keyof typeof staff): Page;
}

const json = { 'content-type': 'application/json' };

/** Makes a user of each name with its role, and signs it in. */
export async function signInAll<N extends string>(
  server: TestServer,
  browser: Browser,
  people: Readonly<Record<N, 'viewer' | 'operator' | 'admin'>>,
): Promise<Tabs<N>> {
  const tabs = new Map<N, Tab>();
  for (const name of Object.keys(people) as N[]) {
    const user = {
      name,
      email: `${name}@example.org`,
      password: `${name} long password`,
      role: people[name],
    };
    const body = JSON.stringify(user);
    expect((await server.fetch('/api/v1/users', { method: 'POST', headers: json, body })).status).toBe(201);
    // axe is put into the page by the test.
    const own = await browser.newContext({ bypassCSP: true, viewport: sizes.wide, reducedMotion: 'reduce' });
    const page = await own.newPage();
    page.setDefaultTimeout(15_000);
    tabs.set(name, { own, page, errors: watchErrors(own) });
    // by the request that the form sends: the form has a test of its own
    const { email, password } = user;
    const answer = await own.request.post(new URL('/api/auth/sign-in/email', server.url).href, {
      data: { email, password },
      headers: { origin: server.url },
    });
    expect(answer.status()).toBe(200);
    await page.goto(server.url);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  }
  return tabs;
}

/** Opens an address and waits until it is there. */
export async function openOn(page: Page, url: string, path: string): Promise<void> {
  await page.goto(new URL(path, url).href);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await eventually(() => page.getByRole('main').textContent()).not.toContain('Loading');
}

/** Makes the first meters reachable by the driver in memory. */
export async function giveEndpoints(server: TestServer, meters: number): Promise<void> {
  const body = JSON.stringify({ protocol: 'sim', mode: 'outbound', host: '127.0.0.1', port: 4059 });
  for (let id = 1; id <= meters; id++) {
    const put = await server.fetch(`/api/v1/meters/${id}/endpoint`, { method: 'PUT', headers: json, body });
    expect(put.status).toBe(200);
  }
}

/** Pictures to look at, where a folder for them is named. */
export async function shoot(page: Page, name: string): Promise<void> {
  const dir = process.env.OPENAMI_SHOTS;
  if (dir) await page.screenshot({ path: `${dir}/${name}.png` });
}

/** Whether anybody can use the page, on a wide screen in both schemes and on a narrow one. */
export async function lookAt(page: Page, name: string, narrow: ViewportSize = sizes.narrow): Promise<void> {
  await page.setViewportSize(sizes.wide);
  await expectAccessibleInBoth(page, (scheme) => shoot(page, `${name}-${scheme}`));
  await page.setViewportSize(narrow);
  await expectAccessible(page);
  await shoot(page, `${name}-narrow`);
  await page.setViewportSize(sizes.wide);
  await page.emulateMedia({ colorScheme: 'light' });
}

interface Own<N extends string> {
  readonly tabs: Tabs<N>;
  page(name: N): Page;
  open(name: N, path: string): Promise<void>;
}

/** A server of a test file's own, made ready by `start`, with people signed in: ready once its tests run. */
export function ownServer<N extends string>(
  people: Parameters<typeof signInAll<N>>[2],
  start: () => Promise<TestServer>,
): Own<N> {
  let server: TestServer | undefined;
  let browser: Browser | undefined;
  let tabs: Tabs<N>;
  beforeAll(async () => {
    await ensureConsole();
    server = await start();
    browser = await launch();
    tabs = await signInAll(server, browser, people);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  const page = (name: N) => tabs.get(name)!.page;
  return {
    get tabs() {
      return tabs;
    },
    page,
    open: (name, path) => openOn(page(name), server!.url, path),
  };
}
