// <pharos-status>: the state of a status page on any other page.
//
// <script async src="https://status.example/widget.js"></script>
// <pharos-status variant="pill"></pharos-status>
//
// Attributes: variant (dot, pill, banner, card), floating, theme (auto, light, dark), lang, src, when-down (text, hide),
// unavailable. Every word comes from the page itself, in the language asked for. It never throws, keeps nothing, and knows
// no state of its own: what cannot be asked for is "unavailable", never green.
(() => {
  if (customElements.get('pharos-status')) return;
  const ORIGIN = new URL(document.currentScript?.src ?? location.href).origin;
  const RETRY_MS_MIN = 1000;
  const RETRY_MS_MAX = 60000;
  const SILENCE_MS_MAX = 30000;
  const SHAPES = {
    operational: 'M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0M4 8.3l2.8 2.8L12 5.9l-1.2-1.2-4 4-1.6-1.6z',
    under_maintenance: 'M2 0h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2m2 7v2h8V7z',
    degraded_performance: 'M8 .7 16 15H0zM7.1 6v4h1.8V6zm0 5.2V13h1.8v-1.8z',
    partial_outage: 'M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0m0 2v12A6 6 0 0 0 8 2',
    major_outage:
      'M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zm.5 4L4 5.2 6.8 8 4 10.8 5.2 12 8 9.2l2.8 2.8 1.2-1.2L9.2 8 12 5.2 10.8 4 8 6.8z',
    unknown: 'M8 0a8 8 0 1 1 0 16A8 8 0 0 1 8 0m0 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M5 7h6v2H5z',
  };
  const LIGHT =
    '--g:var(--pharos-background,#fff);--i:var(--pharos-text,#15202b);--s:#546170;--l:#d6dbe1;--operational:#1b7a4b;--under_maintenance:#2b63ab;--degraded_performance:#8d5b04;--partial_outage:#ad4708;--major_outage:#b3261e;--unknown:#56626f';
  const DARK =
    '--g:var(--pharos-background,#171e26);--i:var(--pharos-text,#e9eef3);--s:#9fadbb;--l:#303b47;--operational:#63cb98;--under_maintenance:#8ab7f2;--degraded_performance:#eebb52;--partial_outage:#f59f63;--major_outage:#ff8d81;--unknown:#a9b5c2';
  const STYLE =
    `:host{display:inline-block;font:inherit;font-size:.875rem;line-height:1.4;color-scheme:light dark;${LIGHT}}` +
    `@media(prefers-color-scheme:dark){:host(:not([theme=light])){${DARK}}}:host([theme=dark]){${DARK}}` +
    ':host([hidden]),[hidden]{display:none!important}' +
    ':host([variant=banner]),:host([variant=card]){display:block}' +
    ':host([floating]){position:fixed;z-index:9999;inset:auto 1rem 1rem;display:block;max-width:30rem;margin-inline:auto}' +
    '.box{display:flex;gap:.5em;align-items:center;box-sizing:border-box;min-height:2.25em;padding:.35em .9em;border:1px solid var(--l);border-radius:9em;background:var(--g);color:var(--i)}' +
    '.banner,.card{min-height:3em;padding:.7em 1em;border-radius:var(--pharos-radius,.75em)}.card{min-height:8.5em;flex-flow:row wrap;align-content:start}' +
    '.dot{min-height:1em;padding:0;border:0;background:none}.dot .word{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}' +
    'a{display:flex;gap:.5em;align-items:center;color:inherit;text-decoration:none;flex:1}a:hover .word{text-decoration:underline}' +
    'svg{flex:none;width:1em;height:1em;fill:var(--tone)}.card svg{width:1.5em;height:1.5em}.word{font-weight:600}.more{flex:1 0 100%;margin:0;padding:0;list-style:none;color:var(--s)}' +
    'button{border:0;background:none;color:var(--s);font:inherit;cursor:pointer}:focus-visible{outline:2px solid var(--tone);outline-offset:2px}';

  let sheet;
  try {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  } catch {}

  // One source for all elements that show the same page in the same language.
  const sources = new Map();
  class Source {
    #base;
    #elements = new Set();
    #stream;
    #timer;
    #failures = 0;
    #heardAt = 0;
    told;

    constructor(base) {
      this.#base = base;
      document.addEventListener('visibilitychange', () => this.#look());
      setInterval(() => {
        if (this.#stream && Date.now() - this.#heardAt > SILENCE_MS_MAX) this.#lose();
      }, RETRY_MS_MIN * 5);
    }

    add(element) {
      this.#elements.add(element);
      this.#look();
    }

    remove(element) {
      this.#elements.delete(element);
      this.#look();
    }

    #look() {
      const wanted = this.#elements.size > 0 && !document.hidden;
      if (!wanted) {
        clearTimeout(this.#timer);
        this.#close();
      } else if (!this.#stream) {
        this.#open();
      }
    }

    #close() {
      this.#stream?.close();
      this.#stream = undefined;
    }

    #open() {
      clearTimeout(this.#timer);
      this.#heardAt = Date.now();
      try {
        this.#stream = new EventSource(`${this.#base}/embed/events`);
      } catch {
        return this.#lose();
      }
      this.#stream.onerror = () => this.#lose();
      this.#stream.addEventListener('pulse', () => this.#hear());
      this.#stream.addEventListener('summary', ({ data }) => {
        try {
          this.#tell(JSON.parse(data));
          this.#hear();
        } catch {}
      });
    }

    #hear() {
      this.#failures = 0;
      this.#heardAt = Date.now();
    }

    #lose() {
      this.#close();
      const pause = Math.min(RETRY_MS_MIN << Math.min(this.#failures++, 6), RETRY_MS_MAX);
      // One that broke once may be there again at once; after that nobody knows.
      if (this.#failures > 1 || !this.told) this.#tell(null);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), pause / 2 + (Math.random() * pause) / 2);
    }

    #tell(told) {
      this.told = told;
      for (const element of this.#elements) element.show(told);
    }
  }

  const make = (name, part, ...inside) => {
    const element = document.createElement(name);
    element.part = element.className = part;
    element.append(...inside);
    return element;
  };

  function shape(status) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    svg.setAttribute('viewBox', '0 0 16 16');
    svg.setAttribute('aria-hidden', 'true');
    path.setAttribute('fill-rule', 'evenodd');
    path.setAttribute('d', SHAPES[status] ?? SHAPES.unknown);
    svg.append(path);
    return svg;
  }

  class PharosStatus extends HTMLElement {
    static observedAttributes = ['variant', 'lang', 'src', 'when-down', 'floating', 'unavailable'];
    #source;
    #told;
    #shown = '';
    #dismissed;

    constructor() {
      super();
      const root = this.attachShadow({ mode: 'open' });
      if (sheet) root.adoptedStyleSheets = [sheet];
    }

    connectedCallback() {
      let origin = ORIGIN;
      try {
        origin = new URL(this.getAttribute('src') ?? ORIGIN, location.href).origin;
      } catch {}
      const lang = /^[a-z]{2}$/.test(this.lang) ? `/${this.lang}` : '';
      const base = origin + lang;
      if (!sources.has(base)) sources.set(base, new Source(base));
      this.#source = sources.get(base);
      this.origin = origin;
      this.#draw(this.#source.told);
      this.#source.add(this);
    }

    disconnectedCallback() {
      this.#source?.remove(this);
    }

    attributeChangedCallback(name) {
      if (!this.isConnected) return;
      if (name === 'lang' || name === 'src') {
        this.disconnectedCallback();
        this.connectedCallback();
      } else {
        this.#shown = '';
        this.#draw(this.#told);
      }
    }

    show(told) {
      this.#draw(told);
    }

    // `undefined` is not known yet, `null` cannot be asked for.
    #draw(told) {
      this.#told = told;
      const key = JSON.stringify(told && { ...told, seq: 0, at: 0 }) + this.#dismissed;
      if (key === this.#shown) return;
      this.#shown = key;
      const floating = this.hasAttribute('floating');
      const variant = floating ? 'banner' : (this.getAttribute('variant') ?? 'pill');
      const status = told?.status ?? 'unknown';
      const word = told ? told.sentence : told === null ? (this.getAttribute('unavailable') ?? 'Status unavailable') : '\u2026';
      const quiet = floating && (!told || told.indicator === 'none' || this.#dismissed === told.indicator + told.incidents.length);
      this.toggleAttribute('hidden', quiet || (told === null && this.getAttribute('when-down') === 'hide'));
      const link = make('a', 'link', shape(status), make('span', 'word', word));
      link.href = this.origin + (told?.url ?? '/');
      link.dir = 'auto';
      const box = make('div', `box ${variant}`, link);
      box.setAttribute('role', 'status');
      box.style.setProperty('--tone', `var(--${status})`);
      if (variant === 'card' && told) {
        const more = told.incidents.length ? told.incidents.map(({ title }) => title) : [told.detail];
        box.append(make('ul', 'more', ...more.slice(0, 3).map((text) => make('li', 'line', text))));
      }
      if (floating && told) {
        const button = make('button', 'dismiss', '\u00d7');
        button.setAttribute('aria-label', told.words.dismiss);
        button.onclick = () => {
          this.#dismissed = told.indicator + told.incidents.length;
          this.#draw(told);
        };
        box.append(button);
      }
      this.shadowRoot.replaceChildren(box);
    }
  }
  customElements.define('pharos-status', PharosStatus);
})();
