/** The address of a broker, with its user name and password taken out. */
export function splitUrl(text: string): { url: string; username?: string; password?: string } {
  const url = new URL(text);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
