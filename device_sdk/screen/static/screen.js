// Little: the line that says how the device stands, a search while one types, photos, and forms
// that are sent once.
(function () {
  "use strict";
  var STATUS_MS = 2000, TYPING_MS = 150;
  var main = document.getElementById("content");

  function fresh(address, selector) { // the same part of a page, as it is now
    return fetch(address, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error("no page"); }
      return answer.text();
    }).then(function (text) {
      return new DOMParser().parseFromString(text, "text/html").querySelector(selector);
    });
  }

  function put(place) {
    return function (found) { if (found) { place.replaceChildren.apply(place, Array.from(found.childNodes)); } };
  }

  function busy() { // nothing is taken from under somebody's hands
    var at = document.activeElement;
    return main.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) ||
      main.querySelector("details[open]");
  }

  function ask() {
    if (document.hidden) { return; }
    fetch("/status", { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) { location.assign("/sign-in"); return; }
      var mark = answer.headers.get("x-mark"), badge = document.getElementById("badge");
      var count = Number(answer.headers.get("x-count"));
      badge.hidden = !count;
      badge.textContent = String(count);
      return answer.text().then(function (text) {
        var line = new DOMParser().parseFromString(text, "text/html").body;
        var old = document.getElementById("status");
        if (old.innerHTML !== line.innerHTML) { put(old)(line); }
        if (mark === document.body.dataset.mark || busy()) { return; }
        document.body.dataset.mark = mark;
        if (main.hasAttribute("data-live")) { return fresh(location.href, "#content").then(put(main)); }
      });
    }).catch(function () { /* the screen's own process has ended: the page stays as it is */ });
  }
  if (document.body.dataset.mark) {
    setInterval(ask, STATUS_MS);
    document.addEventListener("visibilitychange", ask);
  }

  var timer = 0, last = 0;
  document.addEventListener("input", function (event) {
    var input = event.target, selector = input.getAttribute("data-search");
    if (!selector) { return; }
    clearTimeout(timer);
    timer = setTimeout(function () {
      var number = ++last, address = new URL(input.form.action);
      address.searchParams.set(input.name, input.value);
      fresh(address, selector).then(function (found) {
        if (number !== last) { return; } // a later one is on its way
        put(document.querySelector(selector))(found);
        history.replaceState(null, "", address);
      }).catch(function () { /* the page stays as it is */ });
    }, TYPING_MS);
  });

  document.addEventListener("change", function (event) {
    var input = event.target, name = input.getAttribute("data-attach");
    if (!name || !input.files.length) { return; }
    var file = input.files[0], form = input.form;
    var field = input.closest(".field"), told = field.querySelector("[data-attached]");
    if (file.size > Number(input.dataset.most)) { told.textContent = input.dataset.tooLarge; return; }
    var button = form.querySelector("button.main");
    button.disabled = true;
    fetch("/attachments", {
      method: "POST", body: file, credentials: "same-origin",
      headers: { "x-csrf": document.body.dataset.csrf, "content-type": "application/octet-stream" }
    }).then(function (answer) {
      if (!answer.ok) { throw new Error("not kept"); }
      return answer.json();
    }).then(function (kept) {
      field.querySelector('input[type="hidden"][name="' + name + '"]').value = kept.value;
      told.textContent = "\u2713 " + file.name;
    }).catch(function () { told.textContent = input.dataset.failed; })
      .finally(function () { button.disabled = false; });
  });

  document.addEventListener("submit", function (event) { // a second touch sends nothing
    var form = event.target, button = form.querySelector("button.main");
    if (form.hasAttribute("data-once") && button) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      button.textContent = form.dataset.once;
    }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { location.reload(); } // back: not as it was once
  });
})();
