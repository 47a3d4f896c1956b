// Questions dragged to their place; the arrows beside them do the same.
(function () {
  "use strict";
  var dragged = null;
  var question = function (event) { return event.target.closest ? event.target.closest(".rep-question") : null; };
  var list = function (event) { return event.target.closest ? event.target.closest(".rep-questions") : null; };
  var clear = function () {
    document.querySelectorAll(".rep-over").forEach(function (one) { one.classList.remove("rep-over"); });
  };
  document.addEventListener("dragstart", function (event) {
    dragged = question(event);
    if (dragged) {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged.getAttribute("data-key"));
    }
  });
  document.addEventListener("dragend", function () { dragged = null; clear(); });
  document.addEventListener("dragover", function (event) {
    var into = list(event);
    if (!dragged || !into) { return; }
    event.preventDefault();
    clear();
    (question(event) || into).classList.add("rep-over");
  });
  document.addEventListener("drop", function (event) {
    var into = list(event), before = question(event), form = document.getElementById("moves");
    if (!dragged || !into || before === dragged) { return; }
    event.preventDefault();
    form.elements.key.value = dragged.getAttribute("data-key");
    form.elements.section.value = into.getAttribute("data-section");
    form.elements.before.value = before ? before.getAttribute("data-key") : "";
    form.requestSubmit(document.getElementById("move"));
  });
  var moved = document.querySelector("[data-at]"); // whoever works by keyboard goes on where they were
  if (moved) { moved.focus(); }
})();
