// Parts of a form that come anew from the server while somebody goes on in it: what changed since the
// server was asked stays as it is, with the focus and the caret. What was asked is done in its order.
(function () {
  "use strict";
  var CONTROLS = "input:not([type=file]), select, textarea";
  var MOST = 20; // requests of one form that wait for their turn; what is pressed beyond them does nothing
  var waiting = new WeakMap(); // form -> how many
  var counted = new WeakSet();
  var asked = new WeakMap(); // request -> what the form held when it went out

  function isBox(control) { return control.type === "checkbox" || control.type === "radio"; }
  function key(control) { return control.name + (isBox(control) ? "=" + control.value : ""); }
  function held(form) {
    var found = new Map();
    Array.prototype.forEach.call(form.elements, function (control) {
      if (control.name && control.matches(CONTROLS)) {
        found.set(key(control), isBox(control) ? control.checked : control.value);
      }
    });
    return found;
  }
  function since(form, then) { // what the form holds that it did not hold then; null: nothing changed
    var changed = new Map(), now = held(form);
    now.forEach(function (value, name) { if (then.get(name) !== value) { changed.set(name, value); } });
    return changed.size || now.size !== then.size ? changed : null;
  }
  function put(control, value) { // into what is not on the page yet
    if (isBox(control)) {
      control.toggleAttribute("checked", value);
    } else if (control.matches("select")) {
      Array.prototype.forEach.call(control.options, function (option) {
        option.toggleAttribute("selected", option.value === value);
      });
    } else {
      control.defaultValue = value;
    }
  }
  function settle(control) { // on the page: as the answer says, whatever was touched before
    if (isBox(control)) {
      control.checked = control.defaultChecked;
    } else if (control.matches("select")) {
      var chosen = control.querySelector("option[selected]");
      control.selectedIndex = chosen ? chosen.index : 0;
    } else if (control !== document.activeElement && control.value !== control.defaultValue) {
      control.value = control.defaultValue;
    }
  }
  function replaces(ctx, form) { // some of the form's own inputs
    return Array.prototype.some.call(ctx.target.querySelectorAll(CONTROLS), function (control) {
      return control.form === form;
    });
  }
  function failed(form) {
    form.querySelectorAll("[data-failed]").forEach(function (said) { said.hidden = false; });
  }
  function own(event) { // of a form that is posted
    var request = event.detail.ctx && event.detail.ctx.request;
    return request && request.method === "POST" && request.form || null;
  }
  document.addEventListener("htmx:config:request", function (event) {
    var form = own(event), ctx = event.detail.ctx, before = waiting.get(form) || 0;
    if (!form || !replaces(ctx, form)) { return; }
    if (before >= MOST) { event.preventDefault(); return; }
    waiting.set(form, before + 1);
    counted.add(ctx);
  });
  document.addEventListener("htmx:finally:request", function (event) {
    var form = own(event);
    if (form && counted.has(event.detail.ctx)) { waiting.set(form, waiting.get(form) - 1); }
  });
  document.addEventListener("htmx:before:request", function (event) {
    var form = own(event), ctx = event.detail.ctx, source = ctx.sourceElement;
    if (!form) { return; }
    if (!source.isConnected) { event.preventDefault(); return; } // an earlier answer took it away
    var body = new URLSearchParams(new FormData(form, source.matches("button") ? source : null));
    Object.keys(ctx.vals || {}).forEach(function (name) { body.set(name, ctx.vals[name]); });
    ctx.request.body = body; // as things are now, not as they were when this began to wait
    asked.set(ctx, { held: held(form) });
  });
  document.addEventListener("htmx:before:swap", function (event) {
    var form = own(event), ctx = event.detail.ctx, then = asked.get(ctx);
    if (!form || !then) { return; }
    var changed = since(form, then.held), target = ctx.target;
    if (!replaces(ctx, form)) { // a count, a preview: of what is no longer there, not shown
      if (changed) { event.preventDefault(); }
      return;
    }
    var part = event.detail.tasks.length ? event.detail.tasks[0].fragment : null;
    if (!part || !part.querySelector("[id='" + target.id + "']")) { event.preventDefault(); failed(form); return; }
    part.querySelectorAll(CONTROLS).forEach(function (control) {
      if (!changed || !changed.has(key(control))) { return; }
      var whole = control.type === "hidden" && control.closest(".attachment");
      if (whole) { // a file that came meanwhile, and what is shown of it
        whole.replaceWith(document.getElementById(control.id).closest(".attachment").cloneNode(true));
      } else {
        put(control, changed.get(key(control)));
      }
    });
    if ([ctx.sourceElement, document.body].indexOf(document.activeElement) < 0) { // somebody has gone on
      part.querySelectorAll("[autofocus]").forEach(function (fresh) { fresh.removeAttribute("autofocus"); });
    }
    then.again = Boolean(changed);
  });
  document.addEventListener("htmx:after:swap", function (event) {
    var form = own(event), ctx = event.detail.ctx, then = asked.get(ctx);
    if (!form || !then || !replaces(ctx, form)) { return; }
    ctx.target.querySelectorAll(CONTROLS).forEach(settle);
    if (then.again) { form.dispatchEvent(new Event("input", { bubbles: true })); } // what is counted is older
  });
  document.addEventListener("htmx:error", function (event) {
    var form = own(event);
    if (form) { failed(form); }
  });
})();
