// Every answer is sent as it is given, one after the other; what the answer changes on the page,
// skipped questions among it, comes back and is put in around whatever somebody is at.
(function () {
  "use strict";
  var TYPING_MS = 600, SIGNED_MS = 900, AGAIN_MS = 3000, PEN = 5;
  var SIDE = 2048, QUALITY = 0.85; // what a photo is made smaller to, in pixels
  var timers = new Map(); // what was typed and is not sent yet, by the question's id
  var unsaved = new Set(); // questions whose answer was refused or did not arrive
  var sent = new Map(), underway = 0, line = Promise.resolve(), pen = null;
  document.body.classList.add("by-itself");
  if ("BarcodeDetector" in window) { document.body.classList.add("can-scan"); }

  function step() { return document.getElementById("step"); }
  function question(part) { return part.closest("form.question"); }
  function say(form, text) {
    var now = document.getElementById(form.id), place = now && now.querySelector("[data-said]");
    if (place) { place.textContent = text; }
  }

  function held(form) { // its inputs stay as they are
    var entry = form.querySelector(".given");
    return entry && entry.contains(document.activeElement) || timers.has(form.id) || form.hasAttribute("data-drawn");
  }

  function swap(old, fresh, selector) {
    var was = old.querySelector(selector), now = fresh.querySelector(selector);
    if (was && now) { was.replaceWith(now); }
  }

  function renew(old, fresh) {
    if (held(old) && !fresh.hidden) {
      swap(old, fresh, ".tick");
      swap(old, fresh, ".after");
      var input = old.querySelector("[name=value][aria-describedby]");
      if (input && old.querySelector(".wrong")) { input.setAttribute("aria-invalid", "true"); } else if (input) { input.removeAttribute("aria-invalid"); }
    } else if (old.outerHTML !== fresh.outerHTML) {
      var at = old.contains(document.activeElement) ? document.activeElement : null;
      old.replaceWith(fresh);
      if (at) {
        var again = at.id && document.getElementById(at.id);
        (again || fresh.querySelector("input:not([type=hidden]), textarea, button, canvas") || fresh).focus();
      }
    }
  }

  function put(text, answered) {
    var found = new DOMParser().parseFromString(text, "text/html");
    found.querySelectorAll("form.question").forEach(function (fresh) {
      var old = document.getElementById(fresh.id);
      if (old && (fresh.id === answered || !unsaved.has(fresh.id))) { renew(old, fresh); }
    });
    if (!document.querySelector("#place details[open]")) { swap(document, found, "#place"); }
    swap(document, found, "#foot");
  }

  function post(form, pairs, leaving) { // resolves when it is stored, or refused and told
    var data = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { data.append(name, value); });
    pairs.forEach(function (pair) { data.append(pair[0], pair[1]); });
    data.append("part", "1");
    var body = data.toString();
    clearTimeout(timers.get(form.id));
    timers.delete(form.id);
    if (!pairs.length && sent.get(form.id) === body) { return line; }
    sent.set(form.id, body);
    underway += 1;
    var answered = leaving ? send(body) : line.then(function () { return send(body); }); // there may be no later
    var done = answered.then(function (answer) {
      if (answer.status === 404) { gone(form); return; }
      if (answer.redirected || !answer.ok && answer.status !== 422) { throw new Error("not stored"); }
      unsaved[answer.ok ? "delete" : "add"](form.id);
      return answer.text().then(function (text) { put(text, form.id); });
    }).catch(function () {
      unsaved.add(form.id);
      sent.delete(form.id);
      say(form, step().dataset.failed);
      later(form, AGAIN_MS, pairs);
    }).finally(function () { underway -= 1; });
    line = Promise.all([line, done]);
    return done;
  }

  function gone(form) { // the report has left the device meanwhile
    unsaved.add(form.id);
    say(form, step().dataset.gone);
  }

  function send(body) { // it arrives also when the page is left meanwhile
    return fetch(location.pathname + location.search, {
      method: "POST", body: body, credentials: "same-origin", keepalive: true,
      headers: { "content-type": "application/x-www-form-urlencoded" }
    });
  }

  function later(form, wait, pairs) {
    clearTimeout(timers.get(form.id));
    timers.set(form.id, setTimeout(function () {
      var now = document.getElementById(form.id);
      if (now && now.hasAttribute("data-drawn")) { signed(now); } else if (now) { post(now, pairs || []); }
    }, wait));
  }

  function flush(leaving) {
    Array.from(timers.keys()).forEach(function (id) {
      var form = document.getElementById(id);
      if (form && form.hasAttribute("data-drawn")) { signed(form); } else if (form) { post(form, [], leaving); }
    });
  }

  // -- typing and choosing

  document.addEventListener("input", function (event) {
    var input = event.target, form = question(input);
    if (form && input.name === "value" && !/^(radio|checkbox)$/.test(input.type)) { later(form, TYPING_MS); }
  });
  document.addEventListener("change", function (event) {
    var input = event.target, form = question(input);
    if (!form) { return; }
    if (input.type === "file") { chosen(form, input); } else { post(form, []); }
  });
  document.addEventListener("submit", function (event) {
    var form = event.target, by = event.submitter;
    if (!form.matches("form.question")) { return; }
    event.preventDefault();
    var pairs = by && by.name ? [[by.name, by.value]] : [];
    if (by && by.value === "clear") { form.removeAttribute("data-drawn"); }
    post(form, pairs);
  });

  // -- photos, signatures, bar codes

  function keep(blob) {
    return fetch("/attachments", {
      method: "POST", body: blob, credentials: "same-origin",
      headers: { "x-csrf": document.body.dataset.csrf, "content-type": "application/octet-stream" }
    }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error("not kept"); }
      return answer.json();
    }).then(function (kept) { return kept.value; });
  }

  function chosen(form, input) {
    var files = Array.from(input.files), text = step().dataset;
    input.value = "";
    if (input.dataset.scan) { files.forEach(function (file) { scan(form, file); }); return; }
    underway += 1;
    say(form, text.busy);
    Promise.all(files.map(smaller)).then(function (photos) {
      if (photos.some(function (photo) { return photo.size > Number(input.dataset.most); })) { say(form, text.tooLarge); return; }
      photos.forEach(function (photo) { upload(form, photo); });
    }).finally(function () { underway -= 1; });
  }

  function smaller(file) { // a phone's camera makes many times what a page or a printer shows
    return createImageBitmap(file).then(function (picture) {
      var part = SIDE / Math.max(picture.width, picture.height), canvas = document.createElement("canvas");
      if (part >= 1) { return file; }
      canvas.width = Math.round(picture.width * part);
      canvas.height = Math.round(picture.height * part);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (kept) {
        canvas.toBlob(function (blob) { kept(blob || file); }, "image/jpeg", QUALITY);
      });
    }).catch(function () { return file; }); // no picture that this browser knows
  }

  function upload(form, blob) {
    underway += 1;
    say(form, step().dataset.busy);
    var kept = line.then(function () { return keep(blob); });
    line = kept.then(function () {}, function () {});
    kept.then(function (value) {
      unsaved.delete(form.id);
      var now = document.getElementById(form.id);
      return post(now, [["value", value]]);
    }).catch(function () {
      unsaved.add(form.id);
      say(form, step().dataset.failed);
      var now = document.getElementById(form.id);
      if (now.hasAttribute("data-drawn")) { later(now, AGAIN_MS); return; }
      setTimeout(function () { upload(form, blob); }, AGAIN_MS);
    }).finally(function () { underway -= 1; });
    return kept;
  }

  function scan(form, file) {
    createImageBitmap(file).then(function (picture) {
      return new window.BarcodeDetector().detect(picture);
    }).then(function (codes) {
      if (!codes.length) { throw new Error("no code"); }
      document.getElementById(form.id).querySelector("[name=value]").value = codes[0].rawValue;
      return post(document.getElementById(form.id), []);
    }).catch(function () { say(form, step().dataset.noCode); });
  }

  function signed(form) { // what stands on the canvas by now
    clearTimeout(timers.get(form.id));
    timers.delete(form.id);
    underway += 1;
    form.querySelector("canvas").toBlob(function (blob) {
      underway -= 1;
      upload(form, blob);
    }, "image/png");
  }

  function place(event) {
    var canvas = event.target, box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width,
            (event.clientY - box.top) * canvas.height / box.height];
  }

  document.addEventListener("pointerdown", function (event) {
    var canvas = event.target, form = canvas.matches("canvas[data-sign]") && question(canvas);
    if (!form) { return; }
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    pen = canvas.getContext("2d");
    if (!form.hasAttribute("data-drawn")) {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      form.setAttribute("data-drawn", "");
    }
    clearTimeout(timers.get(form.id));
    pen.strokeStyle = "#111";
    pen.lineWidth = PEN;
    pen.lineCap = pen.lineJoin = "round";
    var at = place(event);
    pen.beginPath();
    pen.moveTo(at[0], at[1]);
    pen.lineTo(at[0] + 0.1, at[1]);
    pen.stroke();
  });
  document.addEventListener("pointermove", function (event) {
    if (!pen || event.target !== pen.canvas) { return; }
    var at = place(event);
    pen.lineTo(at[0], at[1]);
    pen.stroke();
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    document.addEventListener(name, function () {
      if (!pen) { return; }
      later(question(pen.canvas), SIGNED_MS);
      pen = null;
    });
  });

  // -- leaving

  document.addEventListener("click", function (event) { // the next page has what was just typed
    var link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    if (!timers.size && !underway) { return; }
    event.preventDefault();
    flush(false);
    settled(function () { location.assign(link.href); });
  });

  function settled(then) {
    line.finally(function () { if (underway) { setTimeout(function () { settled(then); }, 50); } else { then(); } });
  }

  window.addEventListener("pagehide", function () { flush(true); });
  document.addEventListener("visibilitychange", function () { if (document.hidden) { flush(true); } });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved.size || underway) { event.preventDefault(); }
  });
})();
