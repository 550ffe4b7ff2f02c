/** Runs in the browser at `/docs`: search, and which way of asking is shown. It is sent as it stands. */
export const DOCS_SCRIPT = `'use strict';
const search = document.querySelector('#search');
const operations = [...document.querySelectorAll('article')];
const links = new Map([...document.querySelectorAll('nav a[data-for]')].map((link) => [link.dataset.for, link]));
const empty = document.querySelector('#nothing');
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const article of operations) {
    const text = article.dataset.text;
    const hit = words.every((word) => text.includes(word));
    article.hidden = !hit;
    links.get(article.id).parentElement.hidden = !hit;
    if (hit) found++;
  }
  for (const section of document.querySelectorAll('section[data-tag]')) {
    section.hidden = !section.querySelector('article:not([hidden])');
  }
  for (const group of document.querySelectorAll('nav details')) {
    const any = group.querySelector('li:not([hidden])') !== null;
    group.hidden = !any;
    if (words.length > 0) group.open = any;
  }
  document.querySelector('#intro').hidden = words.length > 0;
  empty.hidden = found > 0;
}
search.addEventListener('input', filter);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === 'Escape' && document.activeElement === search) {
    search.value = '';
    filter();
  }
});
function show(way) {
  document.documentElement.dataset.way = way;
  for (const button of document.querySelectorAll('button[data-way]')) {
    button.setAttribute('aria-pressed', String(button.dataset.way === way));
  }
  try {
    localStorage.setItem('tidemark-docs-way', way);
  } catch {}
}
document.addEventListener('click', (event) => {
  const way = event.target.closest('button[data-way]')?.dataset.way;
  if (way) show(way);
  const copy = event.target.closest('button[data-copy]');
  if (copy) {
    const pre = [...copy.parentElement.querySelectorAll('pre')].find((each) => each.offsetParent !== null);
    navigator.clipboard?.writeText(pre.textContent).then(() => {
      copy.textContent = 'copied';
      setTimeout(() => { copy.textContent = 'copy'; }, 1500);
    });
  }
});
let saved = 'curl';
try {
  saved = localStorage.getItem('tidemark-docs-way') ?? 'curl';
} catch {}
show(saved);
filter();
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  const group = links.get(location.hash.slice(1))?.closest('details');
  if (group) group.open = true;
  target?.scrollIntoView();
}
addEventListener('hashchange', reveal);
if (location.hash) reveal();
`;
