// Small behaviours that every page shares: the theme, regions that scroll sideways, print, copy. All work without it.
(() => {
  const STAYS = 2500;
  const said = (text) => {
    const place = document.getElementById('said'); // a page that broke off has none
    if (place) place.textContent = text;
  };
  const dark = () => (document.documentElement.dataset.theme
    || (matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light')) === 'dark';

  // Only what scrolls is a stop of the Tab key.
  const fit = () => document.querySelectorAll('.scrolls').forEach((region) => {
    const scrolls = region.scrollWidth > region.clientWidth + 1;
    region.toggleAttribute('tabindex', scrolls);
    if (scrolls) region.tabIndex = 0;
  });

  const select = (element) => {
    element.closest('details')?.setAttribute('open', '');
    getSelection().selectAllChildren(element);
  };

  // A frame may copy only what is selected, and some browsers not even that: then it stays selected.
  const copied = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent.trim());
      return true;
    } catch {
      select(element);
      return document.execCommand('copy');
    }
  };

  const say = (button, text) => {
    const label = button.querySelector('span') || button.lastChild;
    button.dataset.label ||= label.textContent;
    label.textContent = text;
    clearTimeout(button.waits);
    button.waits = setTimeout(() => { label.textContent = button.dataset.label; }, STAYS);
  };

  const actions = {
    theme: () => {
      const next = dark() ? 'light' : 'dark';
      document.documentElement.dataset.theme = next;
      said(next === 'dark' ? 'Dark colours' : 'Light colours');
      try { localStorage.setItem('kcds-theme', next); } catch { /* see theme.js */ }
    },
    print: () => window.print(),
    copy: async (button) => {
      const done = await copied(document.getElementById(button.dataset.copies));
      say(button, done ? 'Copied' : 'Copy was blocked');
      said(done ? 'Copied' : 'The browser did not allow copying. The text is selected: copy it with the keyboard.');
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
  addEventListener('toggle', fit, true);
  document.addEventListener('htmx:afterSettle', ready);
  ready();
})();
