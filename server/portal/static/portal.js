// Little: brightness by the system's setting, the menu on small screens, menus that close, previews
// that are no longer true.
(function () {
  "use strict";
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone; // times are told as this clock shows them
  if (zone && document.cookie.split("; ").indexOf("zone=" + zone) < 0) {
    document.cookie = "zone=" + zone + ";path=/portal;max-age=31536000;samesite=lax";
  }
  var root = document.documentElement;
  if (!root.hasAttribute("data-bs-theme")) {
    var dark = window.matchMedia("(prefers-color-scheme: dark)");
    var set = function () { root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light"); };
    set();
    dark.addEventListener("change", set);
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest(".bar-top");
    if (button) {
      button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") !== "true");
    }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });
  document.addEventListener("input", function (event) { // what was shown is about something else now
    var form = event.target.closest("[data-clears]");
    if (form) { document.querySelector(form.getAttribute("data-clears")).replaceChildren(); }
  });
  var typed = {}; // while the server answers: it stays when the answer is put in its place
  document.addEventListener("input", function (event) { typed[event.target.id] = event.target.value; });
  document.addEventListener("htmx:before:request", function () { typed = {}; });
  document.addEventListener("htmx:after:swap", function () {
    Object.keys(typed).forEach(function (id) {
      var input = document.getElementById(id);
      if (input && input.value !== typed[id]) {
        input.value = typed[id];
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
  });
  document.addEventListener("input", function (event) { // who types a value means it
    var own = event.target.closest("[data-picks]");
    if (own) { document.getElementById(own.getAttribute("data-picks")).checked = true; }
  });
  function follow(box) { // who may not view rows may do nothing else with them
    document.getElementsByName(box.name).forEach(function (other) {
      if (box.checked && other.value === "view") { other.checked = true; }
      if (!box.checked && box.value === "view") { other.checked = false; }
    });
  }
  document.addEventListener("change", function (event) {
    var name = event.target.getAttribute("data-checks");
    if (name) {
      event.target.form.querySelectorAll('input[type="checkbox"][name="' + name + '"]').forEach(function (box) {
        box.checked = event.target.checked;
      });
    }
    var most = event.target.getAttribute("data-most"); // a file that would be refused when it has arrived
    if (most && event.target.files.length) {
      var large = event.target.files[0].size > Number(most);
      event.target.setCustomValidity(large ? event.target.getAttribute("data-too-large") : "");
      event.target.reportValidity();
    }
    if (event.target.matches("[data-submits]")) { event.target.form.requestSubmit(); }
    if (event.target.closest(".matrix") && event.target.type === "checkbox") { follow(event.target); }
  });
})();
