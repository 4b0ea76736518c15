// Small behaviours that every page shares: the theme, regions that scroll sideways, print, copy. All work without it.
(() => {
  const said = (text) => { document.getElementById('said').textContent = text; };
  const dark = () => (document.documentElement.dataset.theme
    || (matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light')) === 'dark';

  const fit = () => document.querySelectorAll('.scrolls').forEach((region) => {
    const scrolls = region.scrollWidth > region.clientWidth + 1;
    region.toggleAttribute('tabindex', scrolls);
    if (scrolls) region.tabIndex = 0;
  });

  const actions = {
    theme: () => {
      const next = dark() ? 'light' : 'dark';
      document.documentElement.dataset.theme = next;
      try { localStorage.setItem('kcds-theme', next); } catch { /* see theme.js */ }
    },
    print: () => window.print(),
    copy: async (button) => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
        said('Copied');
      } catch { said('The browser did not allow copying: select the text instead'); }
    },
  };

  const ready = () => {
    for (const [name, act] of Object.entries(actions)) {
      document.querySelectorAll(`button.${name}`).forEach((button) => {
        button.hidden = false;
        if (!button.dataset.ready) { button.dataset.ready = 'yes'; button.addEventListener('click', () => act(button)); }
      });
    }
    fit();
  };

  addEventListener('resize', fit);
  document.addEventListener('htmx:afterSettle', ready);
  ready();
})();
