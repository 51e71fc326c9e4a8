// Runs before the first paint, so that a dark room is never lit by a white page.
(() => {
  let theme = 'system';
  try {
    theme = localStorage.getItem('openami.theme') ?? 'system';
  } catch {
    // Storage may be forbidden; the system's choice then counts.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
