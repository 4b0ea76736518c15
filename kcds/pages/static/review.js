// The evidence beside the table: a chosen rule is marked, and the page does not jump. All links work without this.
(() => {
  const wide = matchMedia('(min-width:1081px)');
  const chosen = () => (location.hash.startsWith('#e-')
    ? location.hash.slice(3) : document.querySelector('.ev article.first')?.id.slice(2));

  const mark = () => {
    document.querySelectorAll('.why tr.sel').forEach((row) => row.classList.remove('sel'));
    const row = document.getElementById(`r-${chosen()}`);
    row?.classList.add('sel');
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    for (const inside of [row, target]) {
      const folded = inside && location.hash ? inside.closest('details') : null;
      if (folded) folded.open = true;
    }
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('.why a[href^="#e-"]');
    if (!link || !wide.matches) return;
    event.preventDefault();
    const { scrollX, scrollY } = window;
    location.hash = link.hash;
    scrollTo(scrollX, scrollY);
    link.focus({ preventScroll: true });
  });
  addEventListener('hashchange', mark);
  mark();
})();
// A browser may keep a page that was left, whatever its headers say, and show it again at "Back", though the review was
// closed or has ended meanwhile: what it keeps of a launched one is hidden, and asked for anew.
(() => {
  if (!document.querySelector('form[action$="/end"]')) return;
  addEventListener('pagehide', (event) => { document.documentElement.hidden = event.persisted; });
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
})();
