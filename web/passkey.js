// Passkeys. A form that is marked asks the device when it is sent, and carries the answer. Without this, or where the browser knows no passkeys,
// such forms stay hidden and the other ways in are there.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON || !PublicKeyCredential.parseCreationOptionsFromJSON) return;
  const say = (form, words) => { const at = form.querySelector("[data-said]"); if (at) at.textContent = words; };
  async function question(form) {
    if (form.dataset.options) return { options: JSON.parse(form.dataset.options), pending: form.elements.pending.value };
    const r = await fetch(form.dataset.ask, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    if (!r.ok) throw new Error("asked");
    const got = await r.json();
    return { options: JSON.parse(got.options), pending: got.pending };
  }
  async function answer(form) {
    const q = await question(form);
    const key = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(q.options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(q.options) });
    form.elements.pending.value = q.pending;
    form.elements.answer.value = JSON.stringify(key.toJSON());
  }
  for (const way of document.querySelectorAll("[data-passkeys]")) way.hidden = false;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (e) => {
      if (form.elements.answer.value) return;
      e.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      say(form, form.dataset.waits || "");
      try {
        await answer(form);
        form.submit();
      } catch (wrong) {
        form.elements.answer.value = "";
        say(form, form.dataset.failed || "");
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
