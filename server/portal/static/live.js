// A page that is open and seen is told which of its panels are stale, and fetches them by htmx. The
// panel says what it shows (data-live), and what that looked like when it was made (data-at).
(function () {
  "use strict";
  var LEAST = 1000; // milliseconds between two refreshes, and
  var REST = 9; // times what the last one took: a busy server is asked less often
  var AGAIN = 60000; // after the server refused the stream, or a refresh
  var source = null, over = false, at = "";
  var stale = false, running = false, failed = false, began = 0;

  function panel() { return document.querySelector("[data-live]"); }
  function shown(name, yes) {
    document.querySelectorAll(name).forEach(function (element) { element.hidden = !yes; });
  }
  function begun(element) { // something is entered that a refresh could move or lose
    return Array.prototype.some.call(element.querySelectorAll("input, textarea"), function (input) {
      return input.type === "checkbox" ? input.checked !== input.defaultChecked
        : input.type !== "hidden" && input.value !== input.defaultValue;
    });
  }
  function refresh() {
    var element = panel();
    if (!stale || running || !element || document.hidden) { return; }
    if (begun(element)) { shown("[data-news]", true); return; }
    stale = false;
    running = true;
    failed = false;
    began = Date.now();
    window.htmx.trigger(element, "stale");
  }
  function done(event) {
    if (!running || !event.target.matches("[data-live]")) { return; }
    var pause = failed ? AGAIN : Math.max(LEAST, REST * (Date.now() - began));
    stale = stale || failed;
    setTimeout(function () { running = false; refresh(); }, pause);
  }
  function connect() {
    if (source || over || document.hidden || !panel()) { return; }
    source = new EventSource("/portal/live?at=" + encodeURIComponent(at));
    source.onopen = function () { shown("[data-live-sign]", true); };
    source.onmessage = function (event) {
      at = event.lastEventId;
      stale = true;
      refresh();
    };
    source.addEventListener("end", function () { over = true; close(); });
    source.onerror = function () {
      shown("[data-live-sign]", false);
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(connect, AGAIN);
      }
    };
  }
  function close() {
    if (source) { source.close(); }
    source = null;
    shown("[data-live-sign]", false);
  }
  function begin() {
    if (!panel() || !window.EventSource || !window.htmx) { return; }
    at = panel().getAttribute("data-at");
    document.addEventListener("htmx:response:error", function () { failed = true; });
    document.addEventListener("htmx:error", function () { failed = true; });
    document.addEventListener("htmx:finally:request", done);
    ["input", "change", "reset"].forEach(function (name) {
      document.addEventListener(name, function () { setTimeout(refresh); });
    });
    document.addEventListener("visibilitychange", function () {
      if (document.hidden) { close(); } else { connect(); refresh(); }
    });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", connect);
    connect();
  }
  document.addEventListener("DOMContentLoaded", begin);
})();
