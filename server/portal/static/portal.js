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
  document.addEventListener("click", function (event) { // an address with a place in it would take the focus from forms' errors
    if (event.target.closest(".skip")) {
      event.preventDefault();
      document.getElementById("content").focus();
    }
  });
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
      var bar = document.querySelector('.bar-top[aria-expanded="true"]');
      if (bar) { bar.setAttribute("aria-expanded", "false"); bar.focus(); }
    }
  });
  document.addEventListener("input", function (event) { // what was shown is about something else now
    var form = event.target.closest("[data-clears]");
    if (form) { document.querySelector(form.getAttribute("data-clears")).replaceChildren(); }
  });
  document.addEventListener("input", function (event) { // who types a value means it
    var own = event.target.closest("[data-picks]");
    if (own) { document.getElementById(own.getAttribute("data-picks")).checked = true; }
  });
  function stack() { // on a phone a row is a small card, and each value says what it is
    document.querySelectorAll("table[data-stacks]").forEach(function (table) {
      var heads = table.tHead.rows[0].cells;
      var first = table.getAttribute("data-stacks") === "all" ? -1 : heads[0].querySelector("input") ? 1 : 0;
      table.classList.add("stack");
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        Array.prototype.forEach.call(row.cells, function (cell, at) {
          if (at > first && !heads[at].querySelector(".visually-hidden")) {
            cell.setAttribute("data-name", heads[at].textContent.replace(/[↑↓]/, "").trim());
          }
          if (!cell.textContent.trim() && !cell.children.length) { cell.setAttribute("data-empty", ""); }
        });
      });
    });
  }
  document.addEventListener("DOMContentLoaded", stack);
  document.addEventListener("htmx:after:swap", stack);
  var walked = false, passing = null; // a choice by keyboard passes others: it is made by Enter, or by going on
  document.addEventListener("keydown", function (event) {
    walked = event.target.matches("[data-submits]") && ["Enter", " ", "Tab"].indexOf(event.key) < 0;
    if (event.key === "Enter" && passing) { event.preventDefault(); passing.form.requestSubmit(); }
  });
  document.addEventListener("pointerdown", function () { walked = false; });
  document.addEventListener("focusout", function (event) {
    if (passing && event.target === passing) { passing.form.requestSubmit(); }
  });
  function follow(box) { // who may not view rows may do nothing else with them
    document.getElementsByName(box.name).forEach(function (other) {
      if (box.checked && other.value === "view") { other.checked = true; }
      if (!box.checked && box.value === "view") { other.checked = false; }
    });
  }
  function attach(input, file) { // a file that a row is to refer to; nothing is saved meanwhile
    var part = input.closest(".attachment"), sent = new FormData(), said = part.querySelector(".busy");
    var buttons = part.closest("form").querySelectorAll("button");
    var wait = function (waits) {
      said.hidden = !waits;
      buttons.forEach(function (button) { button.disabled = waits; });
    };
    sent.append("csrf", input.getAttribute("data-csrf"));
    sent.append("was", part.querySelector("input[type=hidden]").value);
    sent.append("as", part.querySelector("input[type=hidden]").id);
    sent.append("file", file);
    wait(true);
    fetch(input.getAttribute("data-attaches"), { method: "POST", body: sent }).then(function (answer) {
      if (answer.status !== 200 && answer.status !== 422) { throw answer.status; }
      return answer.text();
    }).then(function (text) {
      wait(false);
      var id = input.id;
      part.outerHTML = text;
      document.getElementById(id).focus();
    }).catch(function () {
      wait(false);
      input.value = "";
      input.setCustomValidity(input.getAttribute("data-failed"));
      input.reportValidity();
      input.setCustomValidity("");
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-attaches]") && event.target.files.length) {
      attach(event.target, event.target.files[0]);
    }
  });
  document.addEventListener("click", function (event) { // a file that a row is to refer to no longer
    var empties = event.target.closest("[data-empties]");
    if (empties) {
      document.getElementById(empties.getAttribute("data-empties")).value = "";
      empties.parentNode.querySelectorAll(".file").forEach(function (file) { file.remove(); });
      empties.remove();
    }
  });
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
    if (event.target.matches("[data-submits]")) {
      passing = walked ? event.target : null;
      if (!walked) { event.target.form.requestSubmit(); }
    }
    if (event.target.closest(".matrix") && event.target.type === "checkbox") { follow(event.target); }
  });
})();
