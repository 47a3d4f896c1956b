// Dragging an appointment to another time or person; a double click for a new one. Everything else,
// and the same by keyboard and touch, are links and forms.
(function () {
  "use strict";
  var SLOT = 15; // minutes
  var form = document.getElementById("cal-move");
  var dragged = null, grabbed = 0;
  var minute = function (column, y) { // of the day, where the pointer is in a column of hours
    var first = Number(column.getAttribute("data-first")) * 60;
    var hours = Number(/\bh(\d+)\b/.exec(column.className)[1]);
    var box = column.getBoundingClientRect();
    var slot = Math.round((y - box.top) / box.height * hours * 60 / SLOT);
    return Math.max(0, Math.min(24 * 60 - SLOT, first + slot * SLOT));
  };
  var unmark = function () {
    document.querySelectorAll(".cal-over").forEach(function (place) { place.classList.remove("cal-over"); });
  };
  document.addEventListener("dragstart", function (event) {
    dragged = form && event.target.closest ? event.target.closest("[data-row]") : null;
    if (!dragged) { return; }
    grabbed = event.clientY - dragged.getBoundingClientRect().top;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.getAttribute("data-row"));
    dragged.classList.add("cal-dragged");
  });
  document.addEventListener("dragend", function () {
    if (dragged) { dragged.classList.remove("cal-dragged"); }
    dragged = null;
    unmark();
  });
  document.addEventListener("dragover", function (event) {
    var place = dragged && event.target.closest("[data-day]");
    if (!place) { return; }
    event.preventDefault();
    unmark();
    place.classList.add("cal-over");
  });
  document.addEventListener("drop", function (event) {
    var place = dragged && event.target.closest("[data-day]");
    if (!place) { return; }
    event.preventDefault();
    var hours = place.hasAttribute("data-first");
    var of = function (name) { return dragged.getAttribute("data-" + name); };
    var values = {
      version: of("version"), starts: of("starts"), ends: of("ends"), rep: of("rep"),
      day: place.getAttribute("data-day"), to: place.getAttribute("data-to"),
      minute: hours ? String(minute(place, event.clientY - grabbed)) : ""
    };
    Object.keys(values).forEach(function (name) { form.elements[name].value = values[name]; });
    form.action = "/portal/masterdata/appointments/" + of("row") + "/move";
    form.requestSubmit();
  });
  document.addEventListener("dblclick", function (event) {
    var place = event.target.closest("[data-new]");
    if (!place || !place.getAttribute("data-new") || event.target.closest(".cal-item")) { return; }
    var there = new URL(place.getAttribute("data-new"), window.location);
    var at = minute(place, event.clientY), day = place.getAttribute("data-day");
    var text = function (m) {
      return day + "T" + String(Math.floor(m / 60)).padStart(2, "0") + ":" + String(m % 60).padStart(2, "0");
    };
    there.searchParams.set("with.starts_at", text(at));
    there.searchParams.set("with.ends_at", text(Math.min(at + 60, 24 * 60 - 1)));
    window.location = there;
  });
})();
