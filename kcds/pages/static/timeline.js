// Tooltips over the charts, and lanes that scroll sideways together. Without scripting the table says the same.
(() => {
  const AWAY = 12;
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.setAttribute('aria-hidden', 'true'); // it repeats what the table says
  const hide = () => tip.classList.remove('on');

  const show = (event) => {
    const mark = event.target.closest?.('.lane svg [role=graphics-symbol][aria-label]');
    if (!mark) { hide(); return; }
    tip.textContent = mark.getAttribute('aria-label');
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + AWAY, innerWidth - width - AWAY);
    const below = event.clientY + AWAY + height < innerHeight;
    tip.style.left = `${Math.max(AWAY, left)}px`;
    tip.style.top = `${below ? event.clientY + AWAY : event.clientY - AWAY - height}px`;
    tip.classList.add('on');
  };

  const together = (event) => {
    if (!event.target.matches?.('.lane .p')) return;
    document.querySelectorAll('.lane .p').forEach((region) => {
      if (region.scrollLeft !== event.target.scrollLeft) region.scrollLeft = event.target.scrollLeft;
    });
  };

  const ready = () => {
    document.body.append(tip);
    // Where a lane is wider than its place, the present comes first.
    document.querySelectorAll('.lane .p').forEach((region) => { region.scrollLeft = region.scrollWidth; });
    document.addEventListener('pointerover', show);
    document.addEventListener('pointermove', (event) => { if (tip.classList.contains('on')) show(event); });
    document.addEventListener('pointerdown', show);
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
    document.addEventListener('scroll', (event) => { hide(); together(event); }, true);
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', ready); else ready();
})();
