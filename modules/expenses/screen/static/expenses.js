// A touch on a meal changes the page where it is; the total follows while a form is filled in.
(function () {
  "use strict";
  var TYPING_MS = 250, timer = 0, last = 0, line = Promise.resolve();

  function sent(form, extra) {
    var data = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { if (typeof value === "string") { data.append(name, value); } });
    extra.forEach(function (pair) { data.append(pair[0], pair[1]); });
    return fetch(form.action, {
      method: "POST", body: data.toString(), credentials: "same-origin", keepalive: true,
      headers: { "content-type": "application/x-www-form-urlencoded" }
    }).then(function (answer) {
      if (!answer.ok) { throw new Error("no page"); }
      return answer.text();
    }).then(function (text) { return new DOMParser().parseFromString(text, "text/html"); });
  }

  function swap(found, id) {
    var old = document.getElementById(id), fresh = found.getElementById(id);
    if (old && fresh && old.innerHTML !== fresh.innerHTML) { old.replaceChildren.apply(old, Array.from(fresh.childNodes)); }
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, button = form.querySelector("button[id]");
    if (!form.hasAttribute("data-tap") || form.dataset.failed) { return; }
    event.preventDefault();
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    line = line.then(function () { return sent(form, []); }).then(function (found) { // one after the other
      swap(found, "trip");
      var again = document.getElementById(button.id);
      if (again) { again.focus({ preventScroll: true }); }
    }).catch(function () { form.dataset.failed = "1"; form.submit(); });
  });

  function preview(form) {
    var number = ++last;
    sent(form, [["preview", "1"]]).then(function (found) {
      if (number !== last) { return; } // a later one is on its way
      swap(found, "preview");
      swap(found, "in-zone");
    }).catch(function () { /* it is told when it is saved */ });
  }

  function typed(event) {
    var form = event.target.closest("form[data-preview]");
    if (!form || event.target.type === "file") { return; }
    clearTimeout(timer);
    timer = setTimeout(function () { preview(form); }, TYPING_MS);
  }
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
})();
