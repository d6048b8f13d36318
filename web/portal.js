// What residents' pages do more where scripts run. Leaving: Esc three times quickly, and the way back leads past the page. Sending a photo: where the line breaks, the page and what was
// written stay, and it says what to do. Without this the link leaves, and the form is sent as any other.
"use strict";
(() => {
  const leave = document.querySelector("a[data-leave]"); // each of our pages has one; a page that takes the place of this one has it again
  const quick = 2000, needed = 3; // three times within two seconds is nobody's accident
  function say(words) {
    const at = document.getElementById("leave-said");
    if (at) at.textContent = words || "";
  }
  function go() {
    document.title = "…"; // the answer may take a moment; until then nothing is to be read here
    document.body.hidden = true;
    location.replace(leave.href); // in the place of this page, so that the way back does not lead to it
  }
  let presses = [];
  function pressed(e) {
    if (e.key !== "Escape" || e.repeat || e.isComposing) return;
    const now = performance.now();
    presses = presses.filter((t) => now - t < quick).concat(now);
    const left = needed - presses.length;
    if (left <= 0) return go();
    say(left === 1 ? leave.dataset.one : leave.dataset.two);
    setTimeout(() => { if (presses.at(-1) === now) { presses = []; say(""); } }, quick);
  }
  if (leave) {
    document.addEventListener("keydown", pressed, true);
    document.addEventListener("click", (e) => { if (e.target.closest("a[data-leave]") && !e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); go(); } });
    addEventListener("pageshow", (e) => { if (e.persisted && document.body.hidden) go(); });
  }

  // broken says in the form that nothing arrived, and where it goes on.
  function broken(form) {
    let box = document.getElementById("broken");
    if (!box) {
      box = document.createElement("div");
      box.className = "wrongs";
      box.id = "broken";
      box.tabIndex = -1;
      box.setAttribute("role", "alert");
      box.append(document.createElement("h2"), document.createElement("p"));
      form.before(box);
    }
    box.firstChild.textContent = form.dataset.head;
    box.lastChild.textContent = form.dataset.broken;
    box.focus();
    box.scrollIntoView({ block: "nearest" });
  }
  // again puts the page that a form was answered with in the place of this one. The photo stays chosen, unless it is what is wrong.
  function again(form, text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("main"), was = form.querySelector("input[type=file]"), field = fresh && fresh.querySelector("input[type=file]");
    if (!fresh) return broken(form);
    document.title = page.title;
    document.querySelector("main").replaceWith(fresh);
    if (was && field && !field.hasAttribute("aria-invalid")) field.replaceWith(was);
    watch();
    const wrong = fresh.querySelector(".wrongs a, .wrongs, h1");
    if (wrong) { if (wrong.tabIndex < 0) wrong.tabIndex = -1; wrong.focus(); }
    scrollTo(0, 0);
  }
  async function send(form) {
    const button = form.querySelector("button"), slow = setTimeout(() => { form.querySelector("[data-said]").textContent = form.dataset.sending; }, 700);
    button.disabled = true;
    try {
      const r = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      if (r.redirected) return location.assign(r.url);
      again(form, await r.text());
    } catch (wrong) {
      broken(form);
    } finally {
      clearTimeout(slow);
      form.querySelector("[data-said]").textContent = "";
      button.disabled = false;
    }
  }
  function watch() {
    for (const form of document.querySelectorAll("form[data-broken]")) form.addEventListener("submit", (e) => { e.preventDefault(); send(form); });
  }
  watch();
})();
