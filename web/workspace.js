// What the workspace adds in the browser. Every page works without it; this makes it quicker: keys, the palette, toasts that
// leave, and news that come in without moving what somebody reads. No state lives here: the server draws everything.
"use strict";
(() => {
  const $ = (sel, from = document) => from.querySelector(sel);
  const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && el.type !== "checkbox");
  const keysOff = () => document.documentElement.dataset.keys === "off";

  // Rows: the one that is chosen follows j and k, and what is done to it goes by its own buttons.
  const rows = () => $$("[data-rows] > li[data-row]").filter((li) => !li.hidden);
  const chosen = () => rows().find((li) => li.getAttribute("aria-current") === "true");
  function choose(li, open) {
    if (!li) return;
    rows().forEach((r) => r.toggleAttribute("aria-current", false));
    li.setAttribute("aria-current", "true");
    const link = $("a.cover", li);
    if (link) link.focus({ preventScroll: true });
    li.scrollIntoView({ block: "nearest" });
    if (open && link && link.dataset.beside !== undefined) link.click();
  }
  // With shift the row that one comes from and the one that one goes to are ticked, or not, alike.
  function step(by, ticking) {
    const all = rows(), from = chosen(), at = all.indexOf(from), to = all[Math.min(all.length - 1, Math.max(0, at + by))] || all[0];
    if (ticking && tickOf(to)) {
      const on = to !== from || !tickOf(from).checked;
      [from, to].forEach((li) => tickOf(li) && tick(tickOf(li), on));
    }
    choose(to, !ticking);
  }
  // press finds the button for a key: among what acts on all that are ticked, in the chosen row, in the panel beside, else on the page.
  function press(key) {
    const row = chosen();
    const el = (ticked().length && $(`[data-dock] [data-key="${key}"]`)) || (row && $(`[data-key="${key}"]`, row)) || $(`aside [data-key="${key}"]`) || $(`main [data-key="${key}"]:not([data-dock] *), .toasts [data-key="${key}"]`);
    if (!el) return false;
    if (el.tagName === "DETAILS") { el.open = !el.open; const f = $("input:not([type=hidden]),select,textarea,button", el); if (el.open && f) f.focus(); } else if (typing(el)) el.focus(); else el.click();
    return true;
  }

  let going = 0; // when "v" was pressed
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); openPalette(""); return; }
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && typing(e.target) && e.target.form) { e.preventDefault(); e.target.form.requestSubmit(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || keysOff()) return;
    if (typing(e.target) || $("dialog[open]")) { if (e.key === "Escape" && typing(e.target) && !$("dialog[open]")) e.target.blur(); return; }
    if (/^[jk]$/i.test(e.key)) { if (rows().length) { e.preventDefault(); step(e.key.toLowerCase() === "j" ? 1 : -1, e.shiftKey); } return; }
    if (e.repeat) return; // a key that is held down moves on, and settles nothing more
    if (e.key === "Escape" && ticked().length) { e.preventDefault(); untick(); return; }
    if (e.key === "?") { const d = $("#keys"); if (d) { e.preventDefault(); d.showModal(); } return; }
    if (e.key === "/") { e.preventDefault(); openPalette(""); return; }
    if (going && Date.now() - going < 1500) { // the letter behind "v" is a page's
      const to = $(`.sidebar nav a[data-go="${CSS.escape(e.key)}"]`);
      going = 0;
      if (to) { e.preventDefault(); location.assign(to.href); return; }
    }
    if (e.key === "v") { going = Date.now(); return; }
    if (/^[a-z]$/.test(e.key) && press(e.key)) e.preventDefault();
  });

  // Rows that have a box are ticked by x, by shift with j, k or a click, or by a tap on their sign. The dock below says before what each of its
  // acts does to how many of them, and why it leaves any out.
  const tickOf = (li) => li && $("input[data-pick]", li);
  const ticked = () => $$("input[data-pick]:checked");
  let lastTick = null;
  function tick(box, on) { box.checked = on; lastTick = box; dock(); }
  function untick() {
    const form = $("[data-dock]"), within = form && form.contains(document.activeElement);
    ticked().forEach((b) => { b.checked = false; });
    dock();
    if (within) standAt(chosen(), null, null, true);
  }
  function dock() {
    const form = $("[data-dock]");
    if (!form) return;
    const all = ticked(), most = +form.dataset.most, left = [];
    form.toggleAttribute("data-some", all.length > 0);
    $("[data-rows]") && $$("[data-rows]").forEach((ul) => ul.toggleAttribute("data-some", all.length > 0));
    if (!all.length) { $$("details", form).forEach((d) => { d.open = false; }); return; }
    $("[data-count]", form).textContent = all.length + " chosen";
    for (const b of $$("[data-act]", form)) {
      const act = "no" + b.dataset.act[0].toUpperCase() + b.dataset.act.slice(1), no = all.filter((x) => x.dataset[act]), n = all.length > most ? 0 : all.length - no.length;
      const words = $("[data-words]", b), named = words.dataset.words.replace("#", n);
      words.textContent = named;
      if (b.tagName === "BUTTON") b.disabled = !n; else b.toggleAttribute("data-none", !n);
      if (no.length && all.length <= most) left.push(`${named} leaves out ${no.length}. ${no[0].dataset.name}: ${no[0].dataset[act]}${no.length > 1 ? ` And ${no.length - 1} more.` : ""}`);
    }
    $("[data-left]", form).textContent = all.length > most ? `At most ${most} can be settled in one go. Choose fewer.` : left.join(" ");
  }
  document.addEventListener("change", (e) => { if (e.target.matches("input[data-pick]")) { lastTick = e.target; dock(); } });
  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-unchoose]")) { untick(); return; }
    const row = e.shiftKey && e.target.closest("li[data-row]"), box = tickOf(row);
    if (!box) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const all = rows().map(tickOf).filter(Boolean), from = Math.max(0, all.indexOf(lastTick && lastTick.isConnected ? lastTick : tickOf(chosen()))), to = all.indexOf(box);
    all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((b) => { b.checked = true; });
    lastTick = box;
    dock();
  }, true);

  // The palette: the server finds, within the rights of who asks.
  let asked = 0;
  function openPalette(text) {
    const d = $("#palette");
    if (!d || d.open) return;
    d.showModal();
    const input = $("input", d);
    input.value = text;
    find(input);
  }
  async function find(input) {
    const mine = ++asked, list = $("#palette-list");
    const r = await fetch("/find?q=" + encodeURIComponent(input.value), { headers: { "X-Fragment": "palette" } }).catch(() => null);
    if (mine !== asked || !list) return;
    if (!r || !r.ok) { list.textContent = "The search did not answer. Try again."; return; }
    list.innerHTML = await r.text();
    mark(0);
  }
  const options = () => $$("#palette-list [role=option]");
  function mark(i) {
    const all = options();
    all.forEach((o, n) => o.setAttribute("aria-selected", String(n === i)));
    const input = $("#palette input");
    if (all[i]) { all[i].scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", all[i].id); } else input.removeAttribute("aria-activedescendant");
  }
  function go(option) {
    const a = option && $("a", option);
    if (a) { $("#palette").close(); location.assign(a.href); }
  }
  document.addEventListener("input", (e) => { if (e.target.closest("#palette")) find(e.target); });
  document.addEventListener("keydown", (e) => {
    if (!e.target.closest || !e.target.closest("#palette")) return;
    const all = options(), at = all.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); mark((at + (e.key === "ArrowDown" ? 1 : all.length - 1)) % Math.max(1, all.length)); }
    if (e.key === "Enter") { e.preventDefault(); go(all[at]); }
    if (e.key === "Escape") { e.preventDefault(); $("#palette").close(); } // at once: a box for searching would first be emptied
  });

  let opened = false; // a row was just opened by hand
  document.addEventListener("click", (e) => {
    const t = e.target;
    if (e.isTrusted && t.closest("[data-beside]")) opened = true;
    if (t.closest("[data-open]")) {
      const id = t.closest("[data-open]").dataset.open;
      if (id === "palette") { e.preventDefault(); openPalette(""); return; }
      const d = document.getElementById(id);
      if (d) { e.preventDefault(); d.showModal(); }
    }
    if (t.closest("[data-close]")) { const d = t.closest("dialog"); if (d) { e.preventDefault(); d.close(); } const toast = t.closest(".toast"); if (toast) { e.preventDefault(); toast.remove(); } }
    if (t.tagName === "DIALOG") t.close();
    if (t.closest("#palette-list [role=option]")) go(t.closest("[role=option]"));
    if (t.closest("[data-print]")) { e.preventDefault(); print(); }
    if (t.closest("[data-copy]")) { e.preventDefault(); navigator.clipboard.writeText(t.closest("[data-copy]").dataset.copy).catch(() => {}); }
  });
  // What can be put into a box of text goes where the cursor is; a slash in an empty box shows what there is.
  document.addEventListener("click", (e) => {
    const put = e.target.closest("[data-put]"), box = put && document.getElementById(put.dataset.into);
    if (!box) return;
    e.preventDefault();
    box.setRangeText(put.dataset.put, box.selectionStart, box.selectionEnd, "end");
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("keydown", (e) => {
    const d = e.key === "/" && e.target.dataset && e.target.dataset.slash && !e.target.value && document.getElementById(e.target.dataset.slash);
    if (!d) return;
    e.preventDefault();
    d.open = true;
    const first = $("a, input, select, button", d);
    if (first) first.focus();
  });
  document.addEventListener("change", (e) => { if (e.target.matches("[data-submit]")) e.target.form.requestSubmit(); });
  // A form is sent once, however often somebody presses.
  document.addEventListener("submit", (e) => {
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    if (e.target.method === "post" && !e.target.hasAttribute("hx-post")) {
      remember(e.target);
      e.target.dataset.sent = "1"; setTimeout(() => delete e.target.dataset.sent, 4000); }
  });

  // An action draws the page anew. Whoever works by keyboard goes on where they were: at the row that is chosen now, else at the form that
  // they pressed, else in its part of the page. What they had written is kept in this tab until an answer says that it was taken: where it was
  // refused, or nobody answered and they went back, it stands in its boxes again.
  // It is theirs alone: the page of somebody else who signed in here takes nothing of it, and whoever signs out leaves nothing.
  const didKept = 10 * 60 * 1000;
  const self = () => document.body.dataset.self || "";
  document.addEventListener("click", (e) => { if (e.target.closest('a[href="/sign-out"]')) sessionStorage.removeItem("did"); });
  // In a tab that two people used, what the browser itself would put back into boxes on the way back may be the other's.
  function ours() {
    try {
      const was = sessionStorage.getItem("self");
      if (was && self() && was !== self()) sessionStorage.setItem("shared", "yes");
      if (self()) sessionStorage.setItem("self", self());
      if (!sessionStorage.getItem("shared") || (performance.getEntriesByType("navigation")[0] || {}).type !== "back_forward") return;
    } catch { return; }
    const clear = () => $$("main form").forEach((f) => f.reset());
    clear();
    addEventListener("pageshow", clear, { once: true });
  }
  let keys = false; // the last thing pressed was a key
  addEventListener("keydown", () => { keys = true; }, true);
  addEventListener("pointerdown", () => { keys = false; }, true);
  const pathOf = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
  const written = (el) => /^(TEXTAREA|SELECT|INPUT)$/.test(el.tagName) && el.name && !/^(hidden|password|file|submit|button|checkbox|radio)$/.test(el.type) && el.autocomplete !== "one-time-code";
  const asDrawn = (el) => el.tagName === "SELECT" ? ([...el.options].find((o) => o.defaultSelected) || el.options[0] || {}).value : el.defaultValue;
  const unseen = (form) => [...form.elements].filter((el) => el.type === "hidden" && el.name).map((el) => [el.name, el.value]);
  // Of several forms to the same address it is the one that says the same unseen (the line of a file, whom it is about) and has the boxes. Where two
  // fit alike it is none: words in another's box would be worse than lost ones.
  function formOf(did, forms) {
    const fits = (f) => did.words.every(([name]) => f.elements[name]) ? 1 + unseen(f).filter(([name, value]) => did.unseen.some((x) => x[0] === name && x[1] === value)).length : 0;
    const all = forms.map(fits), best = Math.max(0, ...all), at = all.indexOf(best);
    return best && at === all.lastIndexOf(best) ? forms[at] : null;
  }
  function remember(form) {
    const words = [...form.elements].filter((el) => written(el) && el.value !== asDrawn(el)).map((el) => [el.name, el.value]);
    const part = form.closest("section[id], div[id], aside[id]");
    const did = { at: Date.now(), self: self(), page: location.pathname, form: pathOf(form), unseen: unseen(form), part: part ? part.id : "", words, keys, y: scrollY };
    try { sessionStorage.setItem("did", JSON.stringify(did)); } catch { sessionStorage.removeItem("did"); } // too much for the store
  }
  function recall() {
    let did = null;
    try { did = JSON.parse(sessionStorage.getItem("did")); } catch { /* another page's */ }
    if (!did || did.self !== self() || Date.now() - did.at > didKept) { sessionStorage.removeItem("did"); return; }
    const sorry = $("main [data-failed]");
    if (sorry) { if (did.words.length) wayBack(sorry); return; }
    const wentBack = (performance.getEntriesByType("navigation")[0] || {}).type === "back_forward", bad = $(".toast[data-bad]");
    const same = $$("main form").filter((f) => f.method === "post" && pathOf(f) === did.form), form = same[0], its = formOf(did, same);
    if (wentBack && !form) return;
    sessionStorage.removeItem("did");
    if ((bad || wentBack) && its) putBack(its, did.words, bad);
    if (did.page === location.pathname && !form && below()) return toBelow(); // the next thing is open, and begins there
    if (did.page === location.pathname && !location.hash && !scrollY) scrollTo(0, did.y);
    // A list that holds the keyboard waits with what others ended: whoever uses a pointer does not need it there.
    if (did.keys && document.activeElement === document.body && !$("[autofocus]")) standAt(chosen(), its, document.getElementById(did.part), true);
  }
  // On a narrow screen what stands beside stands below: whoever opened a row, or was led to the next, is taken to where it begins.
  function below() {
    const beside = $(".beside > aside");
    return beside && getComputedStyle(beside).position === "static" ? beside : null;
  }
  function toBelow() {
    const beside = below();
    beside.setAttribute("tabindex", "-1");
    beside.focus({ preventScroll: true });
    beside.scrollIntoView({ block: "start" });
  }
  function wayBack(panel) {
    const b = document.createElement("button");
    b.type = "button"; b.className = "btn main"; b.textContent = "Back to what you wrote";
    b.onclick = () => history.back();
    ($(".empty", panel) || panel).append(b);
    b.focus({ focusVisible: true });
  }
  function putBack(form, words, toast) {
    let any = false;
    for (const [name, value] of words) {
      const el = [...form.elements].find((x) => x.name === name && written(x));
      if (!el || el.value !== asDrawn(el) && el.value !== value) continue; // the browser may have put it back itself, behind a closed fold
      el.value = value;
      any = true;
      for (let d = el.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
      el.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (any && toast) $("span", toast).append(" What you wrote stands in its box.");
  }
  function standAt(row, form, part, seen) {
    const shown = (el) => el && el.checkVisibility() ? el : null;
    let at = row && shown($("a.cover", row));
    if (!at && form) at = $$("button", form).find(shown) || $("summary", form.closest("details") || form);
    if (!shown(at) && part) at = $$("a, button, summary, input:not([type=hidden]), select, textarea", part).find(shown);
    if (!shown(at)) at = $("#content");
    at.focus({ preventScroll: true, focusVisible: seen });
    if (seen && at.id !== "content") at.scrollIntoView({ block: "nearest" });
  }

  // Toasts stay ten seconds, and as long as the pointer or the keyboard is on them.
  function settle(from = document) {
    $$("[data-live=thread]", from).forEach((t) => { if (!t.dataset.placed) { t.dataset.placed = "1"; t.scrollTop = t.scrollHeight; } });
    $$(".toast", from).forEach((t) => {
      if (t.dataset.timed) return;
      t.dataset.timed = "1";
      let left = 10;
      const tick = setInterval(() => { if (!t.isConnected) clearInterval(tick); else if (!t.matches(":hover, :focus-within") && --left <= 0) { clearInterval(tick); t.remove(); } }, 1000);
    });
  }

  // News: the stream says that something changed, and nothing of what. Parts that ask for it are drawn anew by the server, under
  // the rights of who looks. A list is not touched while somebody reads it: a bar says how many came.
  let full = 0; // how often in a row the server had no answer for us
  let behind = false, over = false; // over: nobody is signed in any more, or may not see the page; asking on would tell nothing
  const ids = (el) => new Set($$("[data-id]", el).map((x) => x.dataset.id));
  async function news() {
    const parts = $$("[data-live]:not(body)"); // the page itself says where news come from
    if (!parts.length || over) return;
    if (document.hidden) { behind = true; return; }
    const r = await fetch(location.href, { headers: { "X-Fragment": "live" } }).catch(() => null);
    over = r !== null && (r.status === 401 || r.status === 403);
    if (!over) full = r && r.status < 500 && r.status !== 429 ? 0 : full + 1;
    if (!r || !r.ok) return;
    const doc = new DOMParser().parseFromString(await r.text(), "text/html");
    for (const part of parts) {
      const next = doc.getElementById(part.id);
      if (!next || next.isEqualNode(part)) continue;
      const had = ids(part), fresh = [...ids(next)].filter((id) => !had.has(id)).length;
      if (part.dataset.live === "bar" && had.size && (fresh || part.contains(document.activeElement))) { if (fresh) bar(part, next, fresh); continue; }
      swap(part, next);
    }
  }
  // grow brings a thread up to date in its place: what stands there is not touched, so that nothing moves under the reader.
  function grow(part, next) {
    const end = part.scrollTop + part.clientHeight > part.scrollHeight - 40;
    const old = new Map([...part.children].map((c) => [c.dataset.id, c]));
    let last = null;
    for (const c of [...next.children]) {
      const was = old.get(c.dataset.id);
      old.delete(c.dataset.id);
      if (was && was.isEqualNode(c)) { last = was; continue; }
      if (was) was.replaceWith(c); else if (last) last.after(c); else part.prepend(c);
      last = c;
    }
    old.forEach((c) => c.remove());
    if (end) part.scrollTop = part.scrollHeight;
  }
  function swap(part, next) {
    if (part.dataset.live === "thread" && [...next.children].every((c) => c.dataset.id)) { grow(part, next); return; }
    const at = chosen() && chosen().dataset.id;
    const end = part.dataset.live === "thread" && part.scrollTop + part.clientHeight > part.scrollHeight - 40;
    const was = new Map($$("input[data-pick]", part).map((b) => [b.value, b.checked]));
    $$("input[data-pick]", next).forEach((b) => { if (was.has(b.value)) b.checked = was.get(b.value); });
    part.replaceWith(next);
    dock();
    if (window.htmx) window.htmx.process(next);
    if (at) { const li = $(`[data-row][data-id="${CSS.escape(at)}"]`, next); if (li) { rows().forEach((r) => r.toggleAttribute("aria-current", false)); li.setAttribute("aria-current", "true"); } }
    if (end) next.scrollTop = next.scrollHeight;
  }
  function bar(part, next, n) {
    let b = document.getElementById("news-" + part.id);
    if (!b) {
      b = document.createElement("button");
      b.type = "button"; b.id = "news-" + part.id; b.className = "btn small main newbar";
      part.before(b);
    }
    b.textContent = n === 1 ? (part.dataset.one || "1 new") : n + " " + (part.dataset.many || "new");
    b.onclick = () => {
      const had = ids(part);
      b.remove();
      swap(part, next);
      const first = $$("[data-id]", next).find((x) => !had.has(x.dataset.id)), link = first && $("a, button", first);
      if (link) link.focus(); // else the keyboard would stand nowhere
    };
  }
  // A server that is full, or gone, is asked ever more seldom: after 10 s, 20 s, 40 s … 2 min. The first answer brings the usual pace back.
  const askEvery = 10000, askSeldom = 120000;
  const pace = () => Math.min(askSeldom, askEvery * 2 ** Math.max(0, full - 1)) * (full > 1 ? 0.9 + Math.random() * 0.1 : 1);
  function listen() {
    if (!document.body.dataset.live || !window.EventSource) return;
    let s = null;
    // At once when it was quiet; ever more seldom while news keep coming, so that many open pages are no load on a busy day.
    let soon = 0, last = 0, wait = 120;
    const open = () => {
      s = new EventSource(document.body.dataset.live);
      s.onmessage = () => {
        if (soon) return;
        wait = Date.now() - last < 4000 ? Math.min(6000, Math.max(700, wait * 1.5)) : 120;
        soon = setTimeout(() => { soon = 0; last = Date.now(); news(); }, wait);
      };
    };
    open();
    // Where no stream comes through (a proxy that holds it back, a server that has too many), the page asks by itself.
    const ask = async () => {
      if (over) return;
      if (s.readyState !== EventSource.OPEN) {
        await news();
        if (s.readyState === EventSource.CLOSED && !document.hidden && !full) open();
      } else full = 0;
      setTimeout(ask, pace());
    };
    setTimeout(ask, askEvery);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && behind) { behind = false; news(); } });
    addEventListener("pagehide", () => s.close());
  }

  settle();
  ours();
  dock();
  recall();
  listen();
  document.addEventListener("htmx:after:swap", () => {
    settle();
    if (opened && below()) toBelow();
    opened = false;
  });
})();
