/** `npm run demo:evacuation`. */
import { launch } from '../start/launch.js';

await launch(new URL('./evacuation.js', import.meta.url));
