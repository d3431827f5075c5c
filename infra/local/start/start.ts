/** `npm start`. */
import { launch } from './launch.js';

await launch(new URL('./start-command.js', import.meta.url));
