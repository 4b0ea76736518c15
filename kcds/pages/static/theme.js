// Light or dark, as chosen on this machine: set before anything is drawn.
(() => {
  try {
    const chosen = localStorage.getItem('kcds-theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch { /* storage is closed to frames of another site: the system's choice holds */ }
})();
