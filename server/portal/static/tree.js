// Trees: opened and closed in place, walked by keyboard as the pattern for trees asks, nodes dragged.
(function () {
  "use strict";
  var items = "[role=treeitem]";
  var item = function (element) { return element.closest ? element.closest(items) : null; };
  var shown = function (tree) { // those that are not below a closed one
    return Array.prototype.filter.call(tree.querySelectorAll(items), function (one) {
      return one.offsetParent !== null;
    });
  };
  var line = function (one) { return one.parentElement; }; // the node with what is below it
  var reach = function (one, on) { // by the tab key: one node of the tree, and what is in it
    one.tabIndex = on ? 0 : -1;
    one.querySelectorAll("a").forEach(function (link) {
      link.tabIndex = on && !link.classList.contains("twig") ? 0 : -1;
    });
  };
  var prepare = function () {
    document.querySelectorAll("[role=tree]").forEach(function (tree) {
      var all = tree.querySelectorAll(items), current = tree.querySelector(items + '[tabindex="0"]') || all[0];
      all.forEach(function (one) { reach(one, one === current); });
    });
  };
  var go = function (one) {
    if (!one) { return; }
    one.closest("[role=tree]").querySelectorAll(items + '[tabindex="0"]').forEach(function (other) { reach(other, false); });
    reach(one, true);
    one.focus();
  };
  var unfold = function (one, open) {
    one.setAttribute("aria-expanded", String(open));
    if (open) { one.querySelector(".twig").dispatchEvent(new Event("unfold")); }
  };
  var isOpen = function (one) { return one.getAttribute("aria-expanded") === "true"; };
  var keys = {
    ArrowDown: function (one, all) { return all[all.indexOf(one) + 1]; },
    ArrowUp: function (one, all) { return all[all.indexOf(one) - 1]; },
    Home: function (one, all) { return all[0]; },
    End: function (one, all) { return all[all.length - 1]; },
    ArrowRight: function (one) {
      if (!one.hasAttribute("aria-expanded")) { return null; }
      if (isOpen(one)) { return line(one).querySelector(":scope > ul " + items); }
      unfold(one, true);
      return null;
    },
    ArrowLeft: function (one) {
      if (isOpen(one)) { unfold(one, false); return null; }
      var above = line(one).parentElement.closest("li");
      return above && above.querySelector(items);
    }
  };
  document.addEventListener("keydown", function (event) {
    var one = item(event.target), tree = event.target.closest("[role=tree]");
    if (!one || !tree || event.altKey || event.ctrlKey || event.metaKey) { return; }
    if (keys[event.key]) {
      event.preventDefault();
      go(keys[event.key](one, shown(tree)));
    } else if (event.key === "Enter" && event.target === one) {
      one.querySelector("a:not(.twig)").click();
    }
  });
  document.addEventListener("click", function (event) {
    var twig = event.target.closest("a.twig");
    if (twig) {
      event.preventDefault();
      unfold(item(twig), !isOpen(item(twig)));
    }
  });
  var left = null; // the link that shows more goes with what it is for: then the first that came is next
  document.addEventListener("htmx:before:swap", function (event) {
    var more = document.activeElement && document.activeElement.closest(".more"), before = more && line(more).previousElementSibling;
    left = more ? { before: before, group: line(more).parentElement } : null;
  });
  document.addEventListener("htmx:after:swap", function () {
    prepare();
    if (left && document.activeElement === document.body) {
      var first = left.before && left.before.isConnected ? left.before.nextElementSibling : left.group.firstElementChild;
      go(first && first.querySelector(items));
    }
  });
  prepare();

  var dragged = null, over = null, waiting = 0;
  var hover = function (place) {
    if (place === over) { return; }
    if (over) { over.classList.remove("over"); }
    clearTimeout(waiting);
    over = place;
    if (over) {
      over.classList.add("over");
      var one = item(over);
      if (one && one.getAttribute("aria-expanded") === "false") { // whoever waits there wants to go on down
        waiting = setTimeout(function () { unfold(one, true); }, 700);
      }
    }
  };
  var finish = function () {
    hover(null);
    if (dragged) { dragged.classList.remove("dragged"); }
    document.body.classList.remove("dragging");
    dragged = null;
  };
  document.addEventListener("dragstart", function (event) {
    var node = event.target.closest(".node[draggable]");
    if (!node) { return; }
    dragged = node;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", node.querySelector(".name").textContent);
    dragged.classList.add("dragged");
    setTimeout(function () { document.body.classList.add("dragging"); }); // it may move what is dragged
  });
  document.addEventListener("dragover", function (event) {
    var place = dragged && event.target.closest && event.target.closest(".node, .tree-top");
    hover(place && place !== dragged ? place : null);
    if (over) { event.preventDefault(); }
  });
  document.addEventListener("drop", function (event) {
    if (!dragged || !over) { return; }
    event.preventDefault();
    var form = document.getElementById("move"), moved = line(dragged);
    form.action = form.getAttribute("data-place") + moved.getAttribute("data-id") + "/move";
    form.querySelector("[data-was]").value = moved.getAttribute("data-was");
    form.querySelector("[data-target]").value = over.closest("[data-id]").getAttribute("data-id");
    finish();
    form.requestSubmit();
  });
  document.addEventListener("dragend", finish);
})();
