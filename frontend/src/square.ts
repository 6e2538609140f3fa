/** The microblog's pages; all of them work without this. */
import "./square.css";
import { startActs } from "./acts";
import { startAges } from "./ages";
import { startComposers } from "./composer";
import { startInstalling } from "./installing";
import { startPush } from "./push";
import { startShortcuts } from "./shortcuts";
import { startTimelines } from "./timeline";

startAges();
startActs();
startComposers();
startTimelines();
startShortcuts();
startPush();
startInstalling();
