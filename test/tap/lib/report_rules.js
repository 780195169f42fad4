// test/tap/lib/report_rules.js
//
// Rules that a page has to keep for people who read it by keyboard, by a screen
// reader, or with low vision, written down from WCAG 2.2, A and AA. Each function
// returns a list of problems, empty if there is none. Runs in the page.
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const label = (e) => `<${e.tagName.toLowerCase()}${e.id ? ` id="${e.id}"` : ''}>${(e.textContent || '').trim().slice(0, 40)}`;
  const shown = (e) => {
    const style = getComputedStyle(e);
    return style.visibility === 'visible' && e.getClientRects().length > 0;
  };

  // What a reader is told: language, title, landmarks, headings, names
  const structure = () => {
    const problems = [];
    const expect = (right, what) => right || problems.push(what);
    expect(document.doctype && document.compatMode === 'CSS1Compat', 'the page is in quirks mode');
    expect(document.documentElement.lang === 'en', 'the page has no language');
    expect(document.title.trim() !== '', 'the page has no title');
    expect(document.characterSet === 'UTF-8', `the page is in ${document.characterSet}`);
    const outside = (selector) => all(selector).filter((e) => !e.closest('main, section, article, aside')).length;
    expect(outside('header') === 1, 'there is no banner, or more than one');
    expect(all('main').length === 1, 'there is no main, or more than one');
    expect(outside('footer') === 1, 'there is no contentinfo, or more than one');
    expect(all('nav').length >= 1 && all('nav').every((e) => e.getAttribute('aria-label')), 'navigation has no name');
    for (const e of [...document.body.children]) {
      expect(e.matches('header, nav, main, footer, a.skip'), `${label(e)} is in no landmark`);
    }
    const first = all('a[href], button, input, [tabindex]').find((e) => e.tabIndex >= 0);
    expect(first && first.getAttribute('href') === '#main' && document.querySelector('main').id === 'main',
      'the first thing to reach does not skip to the content');
    let level = 0;
    expect(all('h1').length === 1, `${all('h1').length} headings of level 1`);
    for (const e of all('h1, h2, h3, h4, h5, h6')) {
      const now = Number(e.tagName[1]);
      expect(now <= level + 1, `${label(e)} follows a heading of level ${level}`);
      expect(e.textContent.trim() !== '', `${label(e)} is empty`);
      level = now;
    }
    for (const e of all('section')) {
      expect(e.querySelector(':scope > h2') && e.getAttribute('aria-labelledby') === e.querySelector(':scope > h2').id, `${label(e)} is not named by its heading`);
    }
    const ids = new Map();
    for (const e of all('[id]')) {
      expect(e.id !== '' && !ids.has(e.id), `id ${e.id} is there twice`);
      ids.set(e.id, e);
    }
    for (const attribute of ['aria-labelledby', 'aria-describedby']) {
      for (const e of all(`[${attribute}]`)) {
        for (const id of e.getAttribute(attribute).split(/\s+/)) {
          expect(ids.has(id) && ids.get(id).textContent.trim() !== '', `${label(e)} is named by ${id}, which says nothing`);
        }
      }
    }
    for (const e of all('a')) {
      expect(e.textContent.trim() !== '', 'a link has no text');
      expect((e.getAttribute('href') || '').startsWith('#') && ids.has(e.getAttribute('href').slice(1)), `${label(e)} leads nowhere`);
    }
    for (const e of all('svg')) {
      expect(e.getAttribute('aria-hidden') === 'true' || (e.getAttribute('role') === 'img' && e.getAttribute('aria-labelledby')), `a drawing has no name: ${label(e)}`);
    }
    for (const e of all('ul, ol')) {
      expect([...e.children].every((c) => c.tagName === 'LI'), `${label(e)} has more than entries`);
    }
    for (const e of all('dl > *')) {
      expect(e.tagName === 'DIV' && e.querySelector('dt') && e.querySelector('dd'), `${label(e)} is no pair`);
    }
    expect(all('[tabindex]').every((e) => e.tabIndex <= 0), 'an order of focus is forced');
    expect(all('script, iframe, object, embed, form, img, link, video, audio').length === 0, 'there is more than text and drawings');
    expect(all('*').every((e) => [...e.attributes].every((a) => !/^on/i.test(a.name) && a.name !== 'style')), 'an attribute is active');
    return problems;
  };

  // Tables: named, with heads in both directions, whole, and within reach of the keyboard
  const tables = () => {
    const problems = [];
    const expect = (right, what) => right || problems.push(what);
    for (const t of all('table')) {
      const caption = t.caption ? t.caption.textContent.trim() : '';
      expect(caption !== '', `${label(t)} has no caption`);
      const heads = t.tHead ? [...t.tHead.rows].flatMap((r) => [...r.cells]) : [];
      expect(heads.length > 0 && heads.every((h) => h.tagName === 'TH' && h.scope === 'col' && h.textContent.trim() !== ''), `columns of "${caption}" have no head`);
      for (const row of [...t.tBodies].flatMap((b) => [...b.rows])) {
        expect(row.cells.length === heads.length, `a row of "${caption}" has ${row.cells.length} cells and not ${heads.length}`);
        expect(row.cells[0] && row.cells[0].tagName === 'TH' && row.cells[0].scope === 'row' && row.cells[0].textContent.trim() !== '', `a row of "${caption}" has no head`);
        expect([...row.cells].every((c) => c.textContent.trim() !== '' || c.querySelector('svg')), `a cell of "${caption}" is empty`);
      }
      expect([...t.tBodies].some((b) => b.rows.length), `"${caption}" has no row`);
    }
    for (const e of all('*')) {
      if (/auto|scroll/.test(getComputedStyle(e).overflowX) && e !== document.documentElement && e !== document.body) {
        expect(e.tabIndex === 0 && e.getAttribute('role') === 'group' && e.getAttribute('aria-labelledby'), `${label(e)} scrolls, and no key reaches it`);
      }
    }
    return problems;
  };

  const parse = (color) => {
    const part = color.match(/[\d.]+/g);
    if (!/^rgb/.test(color) || !part) throw new Error(`no color: ${color}`);
    const [r, g, b, a = 1] = part.map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a), b: top.b * top.a + below.b * (1 - top.a), a: 1,
  });
  const luminance = ({ r, g, b }) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  // where nothing is painted, the paper is white
  const white = { r: 255, g: 255, b: 255, a: 1 };
  const background = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      layers.push(parse(getComputedStyle(at).backgroundColor));
      if (layers[layers.length - 1].a === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), white);
  };
  // the box in a drawing that text is written on, or what the drawing lies on
  const paper = (e) => {
    const box = e.parentElement.tagName === 'g' && e.parentElement.querySelector(':scope > rect');
    const fill = box && getComputedStyle(box).fill;
    return fill && fill !== 'none' ? over(parse(fill), background(e.ownerSVGElement)) : background(e.ownerSVGElement);
  };

  // Text against what it is written on: 4.5 to 1, large text 3 to 1
  const contrast = () => {
    const problems = new Map();
    let seen = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (walker.currentNode.data.trim() === '' || e.closest('title, desc, style') || !shown(e)) continue;
      const style = getComputedStyle(e);
      const drawn = e instanceof SVGElement;
      const below = drawn ? paper(e) : background(e);
      const color = over(parse(drawn ? style.fill : style.color), below);
      const size = parseFloat(style.fontSize);
      const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const found = ratio(color, below);
      seen += 1;
      if (found < wanted) problems.set(`${e.tagName} ${e.getAttribute('class') || ''}: ${found.toFixed(2)}`, label(e));
    }
    if (seen < 20) problems.set('text', `only ${seen} texts were seen`);
    return [...problems].map(([what, where]) => `${what} of ${where}`);
  };

  // What is no text and has a meaning: edges of states and of boxes, bars: 3 to 1
  const edges = () => {
    const problems = new Map();
    for (const e of all('.state')) {
      const style = getComputedStyle(e);
      const found = ratio(parse(style.borderTopColor), background(e.parentElement));
      if (found < 3) problems.set(e.className, found);
    }
    for (const e of all('figure svg rect, figure svg path[class^="bar-"], td svg path[class^="bar-"]')) {
      if (e.matches('.bar-idle') || e.getAttribute('d') === '') continue;
      const style = getComputedStyle(e);
      const found = ratio(parse(e.tagName === 'rect' ? style.stroke : style.fill), background(e.ownerSVGElement));
      if (found < 3) problems.set(`${e.tagName} ${e.getAttribute('class') || e.parentElement.getAttribute('class')}`, found);
    }
    return [...problems].map(([what, found]) => `${what}: ${found.toFixed(2)}`);
  };

  // States are told by a word and not by colour alone
  const words = () => [...all('.state'), ...all('figure svg g')].filter((e) => !/[a-z]{3}/.test(e.textContent.replace(/^.*<title>/, ''))).map(label);

  // What has the focus: which one, whether it can be seen, and how
  const focus = () => {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return null;
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    const width = parseFloat(style.outlineWidth);
    return {
      place: all('*').indexOf(e), name: label(e), id: e.id, href: e.getAttribute('href'),
      outlined: style.outlineStyle !== 'none' && width >= 2 && ratio(parse(style.outlineColor), background(e.parentElement)) >= 3,
      inside: box.width > 0 && box.height > 0 && box.left >= 0 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth,
    };
  };

  // What Tab has to reach
  const reachable = () => all('a[href], button, input, select, textarea, [tabindex]').filter((e) => e.tabIndex >= 0 && shown(e)).map((e) => all('*').indexOf(e));

  // At this width nothing sticks out but what scrolls by itself
  const reflow = () => {
    const wide = document.scrollingElement.scrollWidth - document.documentElement.clientWidth;
    return wide > 0 ? [`the page is ${wide} pixels too wide`,
      ...all('body *').filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')).slice(0, 5).map(label)] : [];
  };

  window.rules = { structure, tables, contrast, edges, words, focus, reachable, reflow };
  return Object.keys(window.rules).length;
})()
