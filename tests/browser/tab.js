// What tab.py asks of a page.
({
  // Number the controls that a reader can use, as they follow each other, and stand before the first.
  number() {
    let number = 0;
    for (const control of document.querySelectorAll('a[href], button, summary, input, select, textarea, [tabindex="0"]')) {
      const usable = control.checkVisibility({ visibilityProperty: true }) && !control.disabled && control.type !== 'hidden';
      if (usable) control.dataset.stop = number++;
    }
    document.activeElement.blur();
    getSelection().removeAllRanges();
    scrollTo(0, 0);
    return number;
  },

  // Where the keyboard is: which control, whether that can be seen, and whether something lies over it.
  stop() {
    const here = document.activeElement;
    const box = here.getClientRects()[0] ?? here.getBoundingClientRect(); // a link may take several lines
    const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 12)];
    const there = document.elementFromPoint(x, y);
    const ring = (element, part) => {
      const style = getComputedStyle(element, part);
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    };
    return {
      stop: Number(here.dataset.stop ?? -1),
      name: here.outerHTML.slice(0, 120),
      ring: ring(here) || ring(here, '::after'), // a link that covers its row has it around the row
      covered: !there || !(here.contains(there) || there.contains(here)),
    };
  },

  // What is too wide for the window, other than what scrolls in a region of its own.
  tooWide() {
    const leaves = (element) => element.checkVisibility() && !element.closest('.scrolls, svg, .sr')
      && element.getBoundingClientRect().right > innerWidth + 1;
    const found = [...document.querySelectorAll('main *')].filter(leaves);
    return found.map((element) => `too wide: ${element.outerHTML.slice(0, 100)}`);
  },

  // What axe finds wrong.
  async axe(options) {
    const { violations } = await axe.run(options);
    const told = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message);
    return violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.target.join(' '), ...told(node)].join(': ')));
  },
})
