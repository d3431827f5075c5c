import { pathToFileURL } from 'node:url';
import { bundleProcesses } from '../../bundle/bundle-processes.js';
import { bundled } from '../processes/bundled.js';

/** Runs a command of the local product: a compiled file that starts its processes. Bundles it and them first. */
export async function launch(command: URL): Promise<void> {
  // Bundles only save time: in a folder that cannot be written to, the processes start without.
  process.env['LOCAL_BUNDLES'] ??= await bundleProcesses().catch(() => '');
  await import(pathToFileURL(bundled(command)).href);
}
