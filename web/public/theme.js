// Runs before first paint, as a file of its own so that a strict content policy admits it.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('tidemark.theme');
  } catch {}
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
