/** Everything here is an addition: the pages are whole without it. */
import "./styles.css";
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import { startBoard } from "./board";
import { startCities } from "./cities";
import { startCopying } from "./copying";
import { startFrame } from "./frame";
import { startMap } from "./map";
import { startPlayer } from "./player";
import { startReportForm } from "./report";
import { startThemeSwitch } from "./theme-switch";
import { startTimes } from "./times";
import { startWork } from "./work";

startTimes();
startThemeSwitch();
startFrame();
startBoard();
startCities();
startCopying();
startReportForm();
startWork();
for (const element of document.querySelectorAll<HTMLElement>("[data-map]")) startMap(element);
for (const element of document.querySelectorAll<HTMLElement>("[data-player]")) startPlayer(element);

const charts = document.querySelectorAll<HTMLElement>("[data-chart]");
if (charts.length > 0) {
  void import("./chart").then(({ startChart }) => charts.forEach(startChart));
}
