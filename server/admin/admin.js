// What the operators' pages can do where scripts run: previews while one types, a few keys, and news without a reload. The
// pages are complete without it.
(() => {
  // Where all of the page is.
  const HOME = new URL('..', document.currentScript.src).pathname;
  // Previews, a moment after the last key.
  const PREVIEW_MS = 400;
  const waits = new Map();
  async function preview(area) {
    const shown = area.closest('form').querySelector(`[data-preview-of="${area.dataset.preview}"]`);
    if (area.value.trim() === '') {
      shown.hidden = true;
      return;
    }
    const response = await fetch(`${HOME}api/v1/preview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ body: area.value }),
    });
    if (!response.ok) return;
    // The server made it safe, by the same rules as what is published.
    shown.innerHTML = (await response.json()).html;
    shown.hidden = false;
  }
  document.addEventListener('input', (event) => {
    const area = event.target;
    if (!area.dataset?.preview) return;
    clearTimeout(waits.get(area));
    waits.set(area, setTimeout(() => preview(area).catch(() => {}), PREVIEW_MS));
  });

  // Keys: Ctrl+Enter sends a form, n opens an incident, g and a letter go somewhere.
  let goes = false;
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select');
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && typing) {
      const form = typing.closest('form[data-submit]');
      if (form) {
        event.preventDefault();
        form.requestSubmit(form.querySelector('button'));
      }
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (goes) {
      goes = false;
      const link = document.querySelector(`nav.sections a[data-key="${CSS.escape(event.key)}"]`);
      if (link) location.assign(link.href);
    } else if (event.key === 'g') {
      goes = true;
      setTimeout(() => { goes = false; }, 1500);
    } else if (event.key === 'n') {
      location.assign(`${HOME}admin/incidents/new`);
    }
  });

  // News: the public stream says that something changed; what changed is asked for as a page, and only the parts that
  // hold no form one may be typing in are taken from it.
  const parts = () => [...document.querySelectorAll('[data-live]')];
  if (parts().length === 0) return;
  const GATHER_MS = 150;
  const CHECK_MS = 10000;
  let gathering;
  async function renew() {
    gathering = undefined;
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of parts()) {
      const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
      const busy = part.contains(document.activeElement) || part.querySelector('details[open]');
      if (next && !busy && next.innerHTML !== part.innerHTML) part.replaceWith(document.adoptNode(next));
    }
  }
  const gather = () => { gathering ??= setTimeout(() => renew().catch(() => { gathering = undefined; }), GATHER_MS); };
  let stream;
  function follow() {
    stream?.close();
    if (document.hidden) return;
    stream = new EventSource(`${HOME}events`);
    stream.onmessage = gather;
    for (const name of ['change', 'reset']) stream.addEventListener(name, gather);
  }
  document.addEventListener('visibilitychange', follow);
  // Observations and reminders are not told in public.
  setInterval(() => document.hidden || gather(), CHECK_MS);
  follow();
})();
