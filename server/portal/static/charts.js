// Bars of what an element says in data-chart: {labels, series: [{name, values, texts, links}],
// stacked, percent}. The same figures stand beside it as a table; a click on a bar goes where the
// table's link goes.
(function () {
  "use strict";
  var COLOURS = ["#2f78c4", "#e0922f", "#2f9e5b", "#c2527f", "#7a5fc0", "#8a96a6", "#1fa3a3", "#b3903a", "#d65f4a", "#5b7a35"];
  var LINE = 30, FOOT = 34, HEAD = 30, MOST = 22; // pixels of a bar with its gap, of the axis, of the legend; of a bar

  function option(data, colours) {
    var many = data.series.length > 1;
    var axis = { axisLabel: { color: colours.quiet, fontSize: 12 }, axisLine: { show: false }, axisTick: { show: false } };
    return {
      animation: false, color: COLOURS, textStyle: { fontFamily: colours.font, color: colours.text },
      grid: { left: 4, right: 16, top: many ? HEAD : 4, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: many ? { type: "plain", top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: colours.text, width: 180, overflow: "truncate" } } : undefined,
      tooltip: {
        trigger: "item", renderMode: "richText", confine: true, backgroundColor: colours.surface, borderColor: colours.line, textStyle: { color: colours.text, fontSize: 13 },
        formatter: function (at) {
          var one = data.series[at.seriesIndex];
          return data.labels[at.dataIndex] + "\n" + (many ? at.seriesName + ": " : "") + one.texts[at.dataIndex];
        }
      },
      xAxis: Object.assign({}, axis, {
        type: "value", minInterval: data.percent ? 0 : undefined, max: data.stacked && data.percent ? 100 : undefined,
        splitLine: { lineStyle: { color: colours.line } }, splitNumber: 4,
        axisLabel: { color: colours.quiet, fontSize: 12, hideOverlap: true, formatter: function (value) {
          return value.toLocaleString(document.documentElement.lang) + (data.percent ? " %" : ""); } }
      }),
      yAxis: Object.assign({}, axis, { type: "category", inverse: true, data: data.labels, axisLabel: { color: colours.text, fontSize: 13, width: 150, overflow: "truncate" } }),
      series: data.series.map(function (one) {
        return { type: "bar", name: one.name, data: one.values, stack: data.stacked ? "all" : undefined, barMaxWidth: MOST, cursor: "pointer", emphasis: { focus: "none" }, itemStyle: { borderRadius: data.stacked ? 0 : 2 } };
      })
    };
  }

  function coloursOf(element) {
    var style = getComputedStyle(element);
    var named = function (name) { return style.getPropertyValue(name).trim(); };
    return { text: style.color, quiet: named("--tblr-secondary"), line: "rgba(128, 140, 155, .3)", surface: named("--tblr-bg-surface"), font: style.fontFamily };
  }

  function draw(element) {
    var data = JSON.parse(element.dataset.chart), many = data.series.length > 1;
    var thick = data.stacked || !many ? LINE : Math.max(LINE, 12 * data.series.length + 8);
    element.style.height = data.labels.length * thick + FOOT + (many ? HEAD : 0) + "px";
    var chart = echarts.init(element, null, { renderer: "canvas" });
    var show = function () { chart.setOption(option(data, coloursOf(element)), true); };
    show();
    chart.on("click", function (at) {
      var link = data.series[at.seriesIndex].links[at.dataIndex];
      if (link) { window.location.assign(link); }
    });
    new ResizeObserver(function () { chart.resize(); }).observe(element);
    new MutationObserver(show).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
