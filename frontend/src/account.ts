/** Pages about accounts: whole without this, but for passkeys, which browsers keep to scripts. */
import "./account.css";
import { startPasskeys } from "./passkeys";

startPasskeys();
