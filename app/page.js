// What a page can do before its application is there: keep the colours a visitor chose, and filter a long list.
//
// Loaded at once and from the browser's own store on every later visit, so that a chosen theme is there before the first
// paint. The choice stays in this browser: there is no cookie, and nothing is sent anywhere.
(() => {
  const KEY = 'pharos-theme';
  const THEMES = ['auto', 'light', 'dark'];
  const root = document.documentElement;

  // A browser may forbid its store: then the choice lasts as long as the page.
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem(KEY) ?? chosen;
  } catch {}

  function paint() {
    if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
    else delete root.dataset.theme;
  }

  function wireTheme(button) {
    const tell = () => {
      button.setAttribute('aria-label', `${button.dataset.name}: ${button.dataset[chosen] ?? button.dataset.auto}`);
      button.title = button.getAttribute('aria-label');
    };
    button.addEventListener('click', () => {
      chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length];
      try {
        localStorage.setItem(KEY, chosen);
      } catch {}
      paint();
      tell();
    });
    tell();
    button.hidden = false;
  }

  const plural = new Intl.PluralRules(root.lang);
  const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other'];

  function wireFilter(box) {
    const input = box.querySelector('input');
    const told = box.querySelector('output');
    const present = CATEGORIES.filter((category) => plural.resolvedOptions().pluralCategories.includes(category));
    const forms = told.dataset.found.split('|');
    // The groups that the visitor had open before they began to filter.
    let opened;
    input.addEventListener('input', () => {
      const wanted = input.value.trim().toLocaleLowerCase(root.lang);
      const groups = [...document.querySelectorAll('details.group-fold')];
      opened ??= new Map(groups.map((group) => [group, group.open]));
      let found = 0;
      for (const row of document.querySelectorAll('.rows > li')) {
        const name = row.querySelector('.name').textContent.toLocaleLowerCase(root.lang);
        row.hidden = !name.includes(wanted);
        found += row.hidden ? 0 : 1;
      }
      for (const section of document.querySelectorAll('main section:has(.rows)')) {
        section.hidden = !section.querySelector('.rows > li:not([hidden])');
      }
      for (const group of groups) group.open = wanted === '' ? opened.get(group) : true;
      if (wanted === '') opened = undefined;
      const form = forms[Math.min(present.indexOf(plural.select(found)), forms.length - 1)];
      told.value = wanted === '' ? '' : found === 0 ? told.dataset.nothing : form.replace('{n}', found);
    });
    box.hidden = false;
  }

  // Snippets name the address that the operator is looking at, when nobody said which it is.
  function wireCopy(button) {
    const code = button.parentElement.querySelector('code');
    code.textContent = code.textContent.replaceAll('https://status.example.com', location.origin);
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(code);
      }
    });
    button.hidden = false;
  }

  // The page is a copy, or a mirror's: asks every few seconds whether its server answers again.
  const ASK_MS = 5000;
  function wireKept() {
    setInterval(async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' });
        if (answer.ok) location.reload();
      } catch {}
    }, ASK_MS * (1 + Math.random()));
  }

  // How long it is until something promised, or since: beside its time, in the page's language.
  const COUNT_MS = 10000;
  const relative = new Intl.RelativeTimeFormat(root.lang);
  function count() {
    for (const time of document.querySelectorAll('.due time')) {
      const minutes = (new Date(time.dateTime) - Date.now()) / 60000;
      const [left, unit] = Math.abs(minutes) < 90 ? [minutes, 'minute'] : [minutes / 60, 'hour'];
      time.dataset.left = relative.format(Math.round(left), unit);
    }
  }
  setInterval(count, COUNT_MS);

  // What stands beside the living parts is another now: it takes the place of what is shown, once the server has drawn it.
  // Whoever is within it with the keyboard stays there.
  const RENEW_MS = 700;
  let renewal;
  async function renew() {
    const parts = document.querySelectorAll('[data-renew]');
    if (!parts[0]) return;
    const answer = await fetch(location, { cache: 'no-cache' });
    const drawn = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const shown of parts) {
      const next = drawn.querySelector(`[data-renew="${shown.dataset.renew}"]`);
      if (next?.isEqualNode(shown) !== false) continue;
      const held = shown.querySelector(':focus')?.getAttribute('href');
      shown.replaceWith(next);
      next.querySelector(`[href="${held}"]`)?.focus();
    }
    self.localise?.();
  }
  new MutationObserver(() => {
    clearTimeout(renewal);
    renewal = setTimeout(() => renew().catch(() => {}), RENEW_MS * (1 + Math.random()));
  }).observe(root, { attributeFilter: ['data-renewed'] });

  paint();
  const wire = () => {
    for (const button of document.querySelectorAll('button.copy')) wireCopy(button);
    for (const button of document.querySelectorAll('button.theme')) wireTheme(button);
    for (const box of document.querySelectorAll('.filter')) wireFilter(box);
    if (document.querySelector('.kept')) wireKept();
    count();
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', wire);
  else wire();
})();
