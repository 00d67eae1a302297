// Pointer, touch and keyboard on the bars: the day that is pointed at shows what was on it.
//
// The bars are a link to the table of days. While a day is shown they lead to that day: a click or Enter opens it. A finger
// has no way to point, so its first touch shows a day and the second one opens it. What there is to tell of a day comes
// from the application, which has the page's snapshot and its words.

const DAYS = 90;

/**
 * Watches the bars for as long as the page lives.
 *
 * @param {(part: string, ago: number) => string} tell gives the address of a day and then what it was, a line each;
 *   nothing for a day that nobody knows
 */
export function watchDays(tell) {
  // What is shown: the bars, how many days ago, and where they lead when nothing is shown.
  let shown;
  let fresh = false;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  tip.setAttribute('aria-hidden', 'true');
  const aloud = document.createElement('p');
  aloud.className = 'aloud';
  aloud.setAttribute('role', 'status');
  document.querySelector('main')?.append(tip, aloud);

  const isMirrored = () => document.documentElement.dir === 'rtl';

  function agoAt(bars, x) {
    const { left, width } = bars.firstElementChild.getBoundingClientRect();
    const share = isMirrored() ? 1 - (x - left) / width : (x - left) / width;
    return DAYS - 1 - Math.min(Math.max(Math.floor(share * DAYS), 0), DAYS - 1);
  }

  function show(bars, ago) {
    if (shown?.bars === bars && shown.ago === ago) return;
    const part = bars.closest('[data-part]')?.dataset.part;
    const [address, ...lines] = part ? tell(part, ago).split('\n') : [''];
    if (!address) return;
    if (shown && shown.bars !== bars) hide();
    shown = { bars, ago, table: shown?.table ?? bars.getAttribute('href'), lines };
    bars.setAttribute('href', address);
    tip.replaceChildren(...lines.map((line) => Object.assign(document.createElement('p'), { textContent: line })));
    tip.hidden = false;
    put(bars, ago);
  }

  // Above the middle of the day's bar, within the window.
  function put(bars, ago) {
    const drawing = bars.firstElementChild.getBoundingClientRect();
    const share = (DAYS - 0.5 - ago) / DAYS;
    const middle = drawing.left + (isMirrored() ? 1 - share : share) * drawing.width;
    const room = document.documentElement.clientWidth - tip.offsetWidth;
    const frame = tip.offsetParent?.getBoundingClientRect() ?? { left: 0, top: 0 };
    tip.style.left = `${Math.min(Math.max(middle - tip.offsetWidth / 2, 0), Math.max(room, 0)) - frame.left}px`;
    tip.style.top = `${drawing.top - tip.offsetHeight - 6 - frame.top}px`;
  }

  function hide() {
    shown?.bars.setAttribute('href', shown.table);
    shown = undefined;
    tip.hidden = true;
  }

  function press(event, bars) {
    const ago = shown?.ago ?? 0;
    const [later, earlier] = isMirrored() ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft'];
    const wanted = { [later]: ago - 1, [earlier]: ago + 1, Home: DAYS - 1, End: 0 }[event.key];
    if (event.key === 'Escape') hide();
    if (wanted === undefined) return;
    event.preventDefault();
    // The page may be younger than its bars are long.
    show(bars, Math.min(Math.max(wanted, 0), DAYS - 1));
    aloud.textContent = shown?.lines.join('. ') ?? '';
  }

  const handlers = {
    pointermove: (event, bars) => show(bars, agoAt(bars, event.clientX)),
    pointerdown(event, bars) {
      const before = shown;
      show(bars, agoAt(bars, event.clientX));
      fresh = event.pointerType === 'touch' && shown !== before;
    },
    pointerout(event, bars) {
      if (event.pointerType !== 'touch' && !bars.contains(event.relatedTarget)) hide();
    },
    focusin(event, bars) {
      if (!bars.matches(':focus-visible')) return;
      show(bars, 0);
      aloud.textContent = [...(shown?.lines ?? []), document.querySelector('main').dataset.hint].join('. ');
    },
    focusout: hide,
    keydown: press,
    click(event) {
      if (fresh) event.preventDefault();
      fresh = false;
    },
  };
  for (const [name, handle] of Object.entries(handlers)) {
    document.addEventListener(name, (event) => {
      const bars = event.target.closest?.('a.bars');
      if (bars) handle(event, bars);
    });
  }
  // A finger that taps elsewhere is done with the day.
  document.addEventListener('pointerdown', (event) => { if (!event.target.closest?.('a.bars')) hide(); });
}
