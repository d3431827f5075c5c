import type { Reader } from '@swipegate/contract';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { Agenda } from '../schedule/agenda.js';
import { BatchChannel, SingleChannel } from './channel/channels.js';
import { HttpConnection } from './channel/http-connection.js';
import type { Channel, Retries } from './channel/posting.js';
import type { Station } from './heartbeats.js';
import { VirtualReader } from './virtual-reader.js';

interface EquipmentOptions {
  target: URL;
  keys: Readonly<Record<string, string>>;
  /** Readers of the site to simulate; a reader may appear several times. */
  cast: readonly Reader[];
  settings: WholeScenario['readers'];
  agenda: Agenda;
  retries: Retries;
  /** [0, 1) */
  random(): number;
}

export interface Equipment {
  readers: VirtualReader[];
  connections: HttpConnection[];
  /** Each reader of the site once, with the connection that carries its heartbeats. */
  stations: Station[];
}

/** Seconds that a person waits at a closed door. */
const WAIT_SECONDS = 5;
const TIMEOUT_MS = 10_000;
/** Maximum doors per controller: common models have 2 to 16. */
const DOORS_PER_CONTROLLER = 16;

/** A door controller and the number of doors connected to it. */
interface Controller {
  doors: number;
  connection: HttpConnection;
  channel: Channel;
}

/** Gives every virtual reader a clock and a connection: its own, or the one of its door controller. */
export function equip(options: EquipmentOptions): Equipment {
  const { cast, keys, settings, target, agenda, retries, random } = options;
  const url = new URL('/v1/swipes', target);
  const connections: HttpConnection[] = [];
  const controllers = new Map<string, Controller>();
  const stations = new Map<string, Station>();
  const connection = () => {
    const opened = new HttpConnection(target, TIMEOUT_MS);
    connections.push(opened);
    return opened;
  };
  const batches = (to: HttpConnection, key: string, form: 'array' | 'ndjson', lingerMs: number) =>
    new BatchChannel({ connection: to, url, key, form, lingerMs, agenda, retries });

  const readers = cast.map((reader) => {
    const key = keys[reader.readerId] ?? '';
    const form = formOf(settings, random());
    const paceMs = settings.perMinute === 'unlimited' ? 0 : 60_000 / settings.perMinute;
    const more = { reader, paceMs, skewMs: settings.clockSkewMs * normal(random) };
    if (form === 'single') {
      const own = connection();
      stations.set(reader.readerId, { readerId: reader.readerId, key, connection: own });
      const waitSeconds = waits(settings.waits, reader) ? WAIT_SECONDS : undefined;
      const channel = new SingleChannel({ connection: own, url, key, waitSeconds, retries });
      const replayChannel = batches(own, key, 'array', 0);
      return new VirtualReader({ ...more, channel, replayChannel, waits: waitSeconds !== undefined });
    }
    // Readers that share a key share a controller.
    const name = `${form} ${key}`;
    let controller = controllers.get(name);
    if (controller === undefined || controller.doors === DOORS_PER_CONTROLLER) {
      const own = connection();
      controller = { doors: 0, connection: own, channel: batches(own, key, form, settings.controllerLingerMs) };
      controllers.set(name, controller);
    }
    controller.doors += 1;
    const { channel } = controller;
    stations.set(reader.readerId, { readerId: reader.readerId, key, connection: controller.connection });
    return new VirtualReader({ ...more, channel, replayChannel: channel, waits: false });
  });
  return { readers, connections, stations: Array.from(stations.values()) };
}

function formOf({ array, ndjson }: WholeScenario['readers'], dice: number): 'single' | 'array' | 'ndjson' {
  return dice < array ? 'array' : dice < array + ndjson ? 'ndjson' : 'single';
}

function waits(where: WholeScenario['readers']['waits'], { direction }: Reader): boolean {
  return where === 'always' || (where === 'in' && direction !== 'out');
}

/** Normally distributed number, mean 0 and standard deviation 1 (Box-Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
