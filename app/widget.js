// <pharos-status>: the state of a status page on any other page.
//
// <script async src="https://status.example/widget.js"></script>
// <pharos-status variant="pill"></pharos-status>
//
// Attributes: variant (dot, pill, banner, card), floating, theme (auto, light, dark), lang, src, when-down (text, hide),
// unavailable. The style property --pharos-width widens a pill. Every word comes from the page itself, in the language asked for. It never throws, keeps nothing, and knows
// no state of its own: what cannot be asked for is "unavailable", never green.
(() => {
  if (customElements.get('pharos-status')) return;
  const HOME = new URL('.', document.currentScript?.src ?? location.href);
  const RETRY_MS_MIN = 4000;
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
    ':host([hidden]),:host([data-quiet]){display:none!important}' +
    ':host([variant=banner]),:host([variant=card]){display:block}' +
    ':host([floating]){position:fixed;z-index:9999;inset:auto 1rem 1rem;display:block;max-width:30rem;margin-inline:auto}' +
    '.box{display:flex;gap:.5em;align-items:center;box-sizing:border-box;min-height:2.25em;padding:.35em .9em;border:1px solid var(--l);border-radius:9em;background:var(--g);color:var(--i)}' +
    '.pill{width:var(--pharos-width,23em);max-width:100%}.pill .word{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}' +
    '.banner,.card{min-height:3em;padding:.7em 1em;border-radius:var(--pharos-radius,.75em)}.card{min-height:8.5em;flex-flow:row wrap;align-content:start}' +
    '.dot{min-height:1em;padding:0;border:0;background:none}.dot .word{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}' +
    'a{color:inherit;text-decoration:none}a:hover{text-decoration:underline}.link{display:flex;gap:.5em;align-items:center;flex:1;min-width:0}' +
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
      }, 5000);
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
      clearTimeout(this.#timer);
      if (document.hidden || !this.#elements.size) this.#close();
      else if (!this.#stream) this.#open();
    }

    #close() {
      this.#stream?.close();
      this.#stream = undefined;
    }

    #open() {
      this.#heardAt = Date.now();
      try {
        this.#stream = new EventSource(`${this.#base}embed/events`);
      } catch {
        return this.#lose();
      }
      this.#stream.onerror = () => this.#lose();
      this.#stream.addEventListener('pulse', () => {
        this.#heardAt = Date.now();
      });
      this.#stream.addEventListener('summary', ({ data }) => {
        try {
          this.#tell(JSON.parse(data));
          this.#heardAt = Date.now();
          this.#failures = 0;
        } catch {}
      });
    }

    // A page that holds no stream for us may still answer a question.
    async #lose() {
      this.#close();
      const pause = Math.min(RETRY_MS_MIN << Math.min(this.#failures++, 4), RETRY_MS_MAX);
      // Not all at once: whoever lost it lost it at the same moment.
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), pause * (0.25 + 0.75 * Math.random()));
      let told = null;
      try {
        const answer = await fetch(`${this.#base}embed/summary.json`, { signal: AbortSignal.timeout(RETRY_MS_MAX / 6) });
        if (answer.ok) told = await answer.json();
      } catch {}
      // The stream may have come back meanwhile.
      if (!this.#failures) return;
      // What broke once may be there again at once; after that nobody knows.
      if (told || this.#failures > 1 || !this.told) this.#tell(told);
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

  const draw = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return element;
  };

  // What a visitor has seen and hidden: the same trouble stays hidden, another does not.
  const trouble = (told) => told && told.indicator !== 'none' && told.indicator + told.incidents.map(({ url }) => url);

  class PharosStatus extends HTMLElement {
    static observedAttributes = ['variant', 'lang', 'src', 'when-down', 'floating', 'unavailable'];
    #source;
    #home;
    #known;
    #dismissed;
    #parts;

    constructor() {
      super();
      const root = this.attachShadow({ mode: 'open' });
      if (sheet) root.adoptedStyleSheets = [sheet];
    }

    connectedCallback() {
      this.#home = HOME;
      try {
        this.#home = new URL((this.getAttribute('src') ?? HOME.href).replace(/\/*$/, '/'), location.href);
      } catch {}
      const base = this.#home.href + (/^[a-z]{2}$/.test(this.lang) ? `${this.lang}/` : '');
      if (!sources.has(base)) sources.set(base, new Source(base));
      this.#source = sources.get(base);
      this.#build();
      this.show(this.#source.told);
      this.#source.add(this);
    }

    disconnectedCallback() {
      this.#source?.remove(this);
    }

    attributeChangedCallback(name) {
      if (!this.isConnected || !this.#source) return;
      // What another page told is nothing that is known of this one.
      if (name === 'src') this.#known = undefined;
      this.disconnectedCallback();
      this.connectedCallback();
    }

    // Made once and then only changed, so that a screen reader is told what is new and nothing else.
    #build() {
      const path = draw('path', { 'fill-rule': 'evenodd' });
      const svg = draw('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' });
      svg.append(path);
      const word = make('span', 'word');
      const link = make('a', 'link', svg, word);
      const more = make('ul', 'more');
      const dismiss = make('button', 'dismiss', '\u00d7');
      const floating = this.hasAttribute('floating');
      const variant = floating ? 'banner' : (this.getAttribute('variant') ?? 'pill');
      const box = make('div', `box ${variant}`, link);
      if (variant === 'card') box.append(more);
      if (floating) box.append(dismiss);
      box.setAttribute('role', 'status');
      dismiss.onclick = () => {
        this.#dismissed = trouble(this.#known);
        this.show(this.#source.told);
      };
      this.#parts = { box, link, path, word, more, dismiss };
      this.shadowRoot.replaceChildren(box);
    }

    // `undefined` is not known yet, `null` cannot be asked for.
    show(told) {
      const { box, link, path, word, more, dismiss } = this.#parts;
      if (told) this.#known = told;
      const status = told?.status ?? 'unknown';
      const text = told ? told.sentence : told === null ? (this.getAttribute('unavailable') ?? this.#known?.words.unavailable ?? 'Status unavailable') : '\u2026';
      // Trouble that was open when the page fell silent is not over.
      const open = trouble(this.#known);
      if (told && !open) this.#dismissed = undefined;
      const quiet = this.hasAttribute('floating') ? !open || this.#dismissed === open : told === null && this.getAttribute('when-down') === 'hide';
      this.toggleAttribute('data-quiet', quiet);
      if (word.textContent !== text) link.title = word.textContent = text;
      link.href = told ? this.#home.origin + told.url : this.#home;
      link.dir = 'auto';
      path.setAttribute('d', SHAPES[status] ?? SHAPES.unknown);
      box.style.setProperty('--tone', `var(--${status})`);
      dismiss.setAttribute('aria-label', this.#known?.words.dismiss ?? '');
      const said = JSON.stringify([told?.incidents, told?.detail]);
      if (more.said === said) return;
      more.said = said;
      const lines = (told?.incidents ?? []).slice(0, 3).map(({ title, url }) => {
        const line = make('a', 'line', title);
        line.href = this.#home.origin + url;
        return line;
      });
      if (told && !lines.length) lines.push(told.detail);
      more.replaceChildren(...lines.map((line) => make('li', 'item', line)));
    }
  }
  customElements.define('pharos-status', PharosStatus);
})();
