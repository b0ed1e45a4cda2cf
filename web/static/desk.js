/* The desk with a script: keys, lists that look again by themselves, leaves that unfold for print.
   Nothing here is needed to do anything; nothing here decides anything. */
'use strict';
(() => {
  const OFF = 'desk.keys.off';
  const one = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  /* ---------- Keys: by their place (event.code), the same in every language; off inside fields ---------- */
  const sections = { KeyH: '/', KeyC: '/compose', KeyR: '/review', KeyL: '/calendar', KeyN: '/narratives' };
  let going = 0;  // until when a letter after g names a section

  const keysOff = () => localStorage.getItem(OFF) === 'yes';
  const typing = (place) => place.closest('input, select, textarea, [contenteditable]') !== null;

  function step(by) {
    const rows = all('main .rows .cover');
    if (!rows.length) { press(by > 0 ? '.head a[rel=next]' : '.head a[rel=prev]'); return; }
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
    if (rows[next]) rows[next].focus();
  }

  function fold() {
    const leaves = all('details.leaf');
    const open = leaves.some((leaf) => !leaf.open);
    leaves.forEach((leaf) => { leaf.open = open; });
  }

  function popover(name) {
    const found = document.getElementById(name);
    if (found) found.togglePopover();
  }

  const press = (what) => { const found = one(what); if (found) found.click(); };
  const focus = (what) => { const found = one(what); if (found) found.focus(); };

  const acts = {
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    KeyA: () => focus('[data-key=a]:not([disabled])'),  // it never sends: Enter does, on the button
    KeyS: () => press('[data-key=s]'),
    KeyE: fold,
    KeyP: () => popover('pause'),
    KeyZ: () => press('.toast form button'),
    KeyG: () => { going = Date.now() + 1500; },
  };

  function go(code) {
    const link = sections[code] && one(`.rail a[href="${sections[code]}"]`);
    if (link) link.click();
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keysOff()) return;
    if (!(event.target instanceof Element) || typing(event.target)) return;
    const act = action(event);
    if (!act) return;
    event.preventDefault();
    act();
  });

  function action(event) {
    if (going > Date.now()) { going = 0; return () => go(event.code); }
    if (event.key === '?' || event.key === '؟' || (event.code === 'Slash' && event.shiftKey)) return () => popover('keys');
    if (event.code === 'Slash' || event.key === '/') return toJump;
    return event.shiftKey ? null : acts[event.code];
  }

  function toJump() {
    const field = one('.jump input');
    if (field && field.checkVisibility()) field.focus();
    else press('.to-jump');  // where the bar has no room for it, its page
  }

  function tellKeys(button) {
    button.textContent = keysOff() ? button.dataset.off : button.dataset.on;
    button.setAttribute('aria-pressed', String(!keysOff()));
  }

  all('[data-keys-open]').forEach((button) => { button.hidden = false; });
  all('[data-keys-switch]').forEach((button) => {
    tellKeys(button);
    button.addEventListener('click', () => {
      localStorage.setItem(OFF, keysOff() ? 'no' : 'yes');
      tellKeys(button);
    });
  });

  /* ---------- Focus: where an address names a heading, reading goes on there ---------- */
  if (location.hash === '#title') focus('#title');
  focus('#refused');

  /* ---------- Print: every leaf unfolded ---------- */
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = all('details:not([open])', one('main'));
    folded.forEach((leaf) => { leaf.open = true; });
  });
  addEventListener('afterprint', () => folded.forEach((leaf) => { leaf.open = false; }));

  /* ---------- Lists that look again: nothing moves under the pointer or the focus ---------- */
  const mark = one('meta[name=desk-tag]');
  let tag = mark && mark.content;
  let left = false;  // something under the pointer or the focus is still as it was: it is asked for again
  const busy = (place) => place.matches(':hover') || place.contains(document.activeElement);

  async function look() {
    if (document.hidden) return;
    const answer = await fetch(location.pathname + location.search, {
      headers: { 'If-None-Match': tag, 'X-Desk-Looks': '1' }, redirect: 'manual', cache: 'no-store',
    }).catch(() => null);
    if (!answer || answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    left = false;
    all('[data-poll]').forEach((place) => {
      const fresh = page.getElementById(place.id);
      if (fresh) updates[place.dataset.poll](place, fresh);
    });
    if (!left) tag = answer.headers.get('ETag');
    if (!one('meta[name=desk-tag]', page)) clearInterval(timer);  // nothing is under way any more
  }

  const updates = { rows, part, acts: verdict };

  function part(place, fresh) {
    if (place.innerHTML === fresh.innerHTML) return;
    if (place.contains(document.activeElement)) left = true;
    else place.replaceChildren(...fresh.childNodes);
  }

  /* What may be pressed goes when it may not any more; it never changes into something else that may. */
  function verdict(place, fresh) {
    if (place.dataset.now === fresh.dataset.now) return;
    const again = document.createElement('a');
    again.href = location.pathname + location.search;
    again.className = 'btn big';
    again.textContent = place.dataset.again;
    const told = document.createElement('p');
    told.className = 'strong';
    told.textContent = place.dataset.old;
    place.replaceChildren(...(one('button', fresh) ? [told, again] : fresh.childNodes));
    place.dataset.now = fresh.dataset.now;
    place.setAttribute('role', 'status');
  }

  function rows(place, fresh) {
    const list = one('.rows', place);
    const come = new Map(all('[data-key]', fresh).map((row) => [row.dataset.key, row]));
    if (!list || (!come.size && !busy(place))) { place.replaceChildren(...fresh.childNodes); return; }
    const here = new Map(all('[data-key]', list).map((row) => [row.dataset.key, row]));
    here.forEach((row, key) => (come.has(key) ? change(row, come.get(key)) : away(row, place)));
    const more = [...come.keys()].filter((key) => !here.has(key)).length;
    if (more) offer(place, fresh, more);
  }

  function change(row, now) {
    if (row.innerHTML === now.innerHTML) return;
    if (busy(row)) left = true;
    else row.replaceChildren(...now.cloneNode(true).childNodes);
  }

  function away(row, place) {
    if (!busy(place)) { row.remove(); return; }
    left = true;
    if (row.dataset.away) return;
    row.dataset.away = 'yes';
    const told = one('small', row);
    if (told) told.append(` · ${place.dataset.gone}`);
  }

  function offer(place, fresh, number) {
    const button = one('[data-show]', place) || document.createElement('button');
    button.type = 'button';
    button.className = 'btn show';
    button.dataset.show = '';
    button.textContent = place.dataset.new.replace('#', number);
    button.onclick = () => {
      place.replaceChildren(...fresh.childNodes);
      const first = one('.cover', place);
      if (first) first.focus();
    };
    if (!button.isConnected) place.prepend(button);
    button.setAttribute('role', 'status');
  }

  const timer = tag && setInterval(look, (Number(mark.dataset.every) || 15) * 1000);
  document.addEventListener('desk:look', () => { if (tag) look(); });

  /* ---------- A part that grows above the field somebody is in does not push it out of sight ---------- */
  let inSight = false;
  const at = () => document.activeElement;
  document.addEventListener('htmx:beforeSwap', () => {
    const { top, bottom } = at().getBoundingClientRect();
    inSight = at() !== document.body && top >= 0 && bottom <= innerHeight;
  });
  document.addEventListener('htmx:afterSettle', () => { if (inSight) at().scrollIntoView({ block: 'nearest' }); });
})();
