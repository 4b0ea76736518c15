// The evidence beside the table: a chosen rule is marked, and the page does not jump. All links work without this.
(() => {
  const wide = matchMedia('(min-width:1081px)');

  const mark = () => {
    document.querySelectorAll('.why tr.sel').forEach((row) => row.classList.remove('sel'));
    const id = location.hash.startsWith('#e-') ? location.hash.slice(3) : document.querySelector('.ev article.first')?.id.slice(2);
    const row = id && document.getElementById(`r-${id}`);
    if (row) row.classList.add('sel');
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('.why a[href^="#e-"]');
    if (!link || !wide.matches) return;
    const { scrollX, scrollY } = window;
    location.hash = link.hash;
    scrollTo(scrollX, scrollY);
    link.focus({ preventScroll: true });
    event.preventDefault();
  });
  addEventListener('hashchange', mark);
  mark();
})();
