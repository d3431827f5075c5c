import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DoorEvent, Swipe } from '@swipegate/contract';
import { swipeIdOf } from '@swipegate/contract/values/hashed-id';
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { type DoorReaders, readerOf, readersOf } from '../uplink/doors.js';
import type { Uplink } from '../uplink/uplink.js';
import { espRfidMessage, espRfidOpen, espRfidTopics } from './esp-rfid.js';
import { type Mapping, mappedMessage, matches } from './mapping.js';
import type { Said } from './message.js';

export interface NamedDoor extends DoorReaders {
  /** As the reader writes it; undefined: the device has one door. */
  door?: string;
  /** Address of an esp-rfid device. Default: the one that it says. */
  address?: string;
}

export interface ReaderSettings {
  deviceId: string;
  make: 'esp-rfid' | 'mapped';
  /** Base topic of esp-rfid, or filter of mapped messages. */
  topic: string;
  doors: readonly NamedDoor[];
  /** Asks the gateway about cards that the reader does not let in by itself. */
  decide: boolean;
  /** How long a person waits, ms. */
  patienceMs: number;
  mapping: Mapping;
  /** Where to answer, with {door} for the door, and with what. */
  answer: { topic: string; granted: string; denied?: string } | undefined;
  uplink: Uplink;
}

export interface ReadersSettings {
  url: string;
  options: IClientOptions;
  readers: readonly ReaderSettings[];
  log: Logger;
}

const RETRY_MS = 1_000;

/**
 * Readers that speak to a broker. A message is acknowledged once it is on disk. Messages that the broker kept while the
 * bridge was away open no door: a message of the bridge to itself tells where they end.
 */
export class MqttReaders {
  readonly #client: MqttClient;
  readonly #readers: readonly ReaderSettings[];
  readonly #log: Logger;
  readonly #markTopic: string;
  #mark = '';
  /** Whether messages are as new as their arrival. */
  #isLive = false;
  #onLive: () => void = () => undefined;
  #stopped = false;
  /** Addresses of esp-rfid devices, by reader and door. */
  readonly #addresses = new Map<string, string>();

  private constructor(client: MqttClient, { readers, log, options }: ReadersSettings) {
    this.#client = client;
    this.#readers = readers;
    this.#log = log;
    this.#markTopic = `swipegate-bridge/${options.clientId}/mark`;
    client.handleMessage = (packet, done) => {
      void this.#receive(packet).then((isStored) => {
        // Without an acknowledgement, the broker sends it again.
        if (isStored) done();
      });
    };
    client.on('connect', () => this.#subscribe());
    client.on('close', () => {
      this.#isLive = false;
    });
    client.on('error', (error) => log.error({ reason: error.message }, 'the MQTT broker refuses the bridge'));
    client.on('offline', () => log.warn('the MQTT broker does not answer'));
  }

  /** Connects, and again whenever the connection is lost. Does not wait for it. */
  static start(settings: ReadersSettings): MqttReaders {
    const client = connect(settings.url, {
      reconnectPeriod: 5_000,
      ...settings.options,
      // The broker keeps messages of QoS 1 while the bridge is away.
      clean: false,
      // What could not be sent in time must not open a door later.
      queueQoSZero: false,
      // The bridge subscribes itself.
      resubscribe: false,
    });
    return new MqttReaders(client, settings);
  }

  /** Resolves once messages are as new as their arrival. */
  async live(): Promise<void> {
    if (this.#isLive) return;
    return new Promise((resolve) => {
      this.#onLive = resolve;
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#client.endAsync();
  }

  #subscribe(): void {
    const topics = [this.#markTopic, ...this.#readers.flatMap(topicsOf)];
    this.#client.subscribe(topics, { qos: 1 }, (error, granted = []) => {
      const refused = granted.filter(({ qos }) => qos > 2).map(({ topic }) => topic);
      if (error !== null || refused.length > 0) {
        this.#log.error({ reason: error?.message, refused }, 'the MQTT broker refuses topics');
        return;
      }
      this.#mark = randomUUID();
      this.#client.publish(this.#markTopic, this.#mark, { qos: 1 });
    });
  }

  /** @returns whether the message is on disk, or means nothing */
  async #receive({ topic, payload, retain }: IPublishPacket): Promise<boolean> {
    const text = payload.toString();
    if (topic === this.#markTopic) {
      if (text === this.#mark && !this.#isLive) {
        this.#isLive = true;
        this.#onLive();
        this.#log.info({ topics: this.#readers.flatMap(topicsOf) }, 'the MQTT broker answers');
      }
      return true;
    }
    // The broker repeats a retained message to each subscriber: it tells of the past.
    if (retain === true) return true;
    for (const reader of this.#readers) {
      const filter = topicsOf(reader).find((each) => matches(each, topic));
      const said = filter === undefined ? undefined : saidIn(reader, filter, topic, text);
      if (said === undefined) continue;
      while (!(await this.#take(reader, said))) {
        if (this.#stopped) return false;
        await sleep(RETRY_MS);
      }
    }
    return !this.#stopped;
  }

  /** @returns whether it is on disk, or can never be */
  async #take(reader: ReaderSettings, said: Said): Promise<boolean> {
    const { uplink, doors, deviceId } = reader;
    const door = doorOf(doors, said.door);
    if (door === undefined) {
      this.#log.error({ deviceId, door: said.door }, 'a message about a door that has no reader');
      return true;
    }
    uplink.heartbeat(readersOf([door]));
    try {
      switch (said.kind) {
        case 'alive':
          if (said.address !== undefined) this.#addresses.set(keyOf(deviceId, door), said.address);
          return true;
        case 'door-event': {
          const readerId = readerOf(door, 'in');
          if (readerId === undefined) return true;
          const eventId = idOf(deviceId, said, said.type);
          const item: DoorEvent = { eventId, readerId, type: said.type, occurredAt: new Date().toISOString() };
          await uplink.report({ kind: 'door-event', item });
          return true;
        }
        case 'card':
          await this.#takeCard(reader, door, said);
          return true;
      }
    } catch (error) {
      this.#log.error({ err: error, deviceId }, 'a message waits at the MQTT broker');
      return false;
    }
  }

  async #takeCard(reader: ReaderSettings, door: NamedDoor, said: Extract<Said, { kind: 'card' }>): Promise<void> {
    const { uplink, deviceId, decide, patienceMs } = reader;
    const { card, direction, outcome } = said;
    const readerId = readerOf(door, direction);
    if (readerId === undefined) return;
    const readAt = new Date().toISOString();
    const swipe: Swipe = { swipeId: idOf(deviceId, said, card), readerId, cardId: card, readAt, direction };
    // A reader that decides nothing, and waits for nothing: the rules decide, and no door hears it.
    if (!decide && outcome === undefined) return uplink.report({ kind: 'swipe', item: swipe });
    if (!decide || outcome === 'granted' || !this.#isLive) {
      const item: Swipe = { ...swipe, offlineOutcome: outcome ?? 'denied' };
      return uplink.report({ kind: 'swipe', item });
    }
    await uplink.letIn({
      swipe,
      isWayOut: direction === 'out' && door.out !== undefined,
      patienceMs,
      open: () => this.#open(reader, door),
      deny: () => this.#deny(reader, door),
    });
  }

  /** @throws {Error} if the reader cannot be told */
  async #open({ deviceId, make, topic, answer }: ReaderSettings, door: NamedDoor): Promise<void> {
    if (!this.#client.connected) throw new Error('the MQTT broker is away');
    // Neither retained nor kept for later: a door opens now or not at all.
    const now = { qos: 0, retain: false } as const;
    if (make === 'esp-rfid') {
      const address = door.address ?? this.#addresses.get(keyOf(deviceId, door));
      if (address === undefined) throw new Error('the address of the device is not known yet: write it to its door');
      await this.#client.publishAsync(`${topic}/cmd`, espRfidOpen(address), now);
      return;
    }
    if (answer === undefined) throw new Error('the reader has no topic for answers');
    await this.#client.publishAsync(answerTopic(answer.topic, door), answer.granted, now);
  }

  #deny({ answer }: ReaderSettings, door: NamedDoor): void {
    if (answer?.denied === undefined || !this.#client.connected) return;
    this.#client.publish(answerTopic(answer.topic, door), answer.denied, { qos: 0, retain: false });
  }
}

function topicsOf({ make, topic }: ReaderSettings): string[] {
  return make === 'esp-rfid' ? espRfidTopics(topic) : [topic];
}

function saidIn({ make, mapping }: ReaderSettings, filter: string, topic: string, text: string): Said | undefined {
  return make === 'esp-rfid' ? espRfidMessage(text) : mappedMessage(mapping, filter, topic, text);
}

function doorOf(doors: readonly NamedDoor[], name: string | undefined): NamedDoor | undefined {
  const [first, ...others] = doors;
  if (first !== undefined && others.length === 0 && (name === undefined || first.door === undefined)) return first;
  return doors.find(({ door }) => door === name);
}

function answerTopic(topic: string, { door = '' }: NamedDoor): string {
  return topic.replaceAll('{door}', door);
}

function keyOf(deviceId: string, { door = '' }: NamedDoor): string {
  return `${deviceId}/${door}`;
}

/** The same message again is the same event. One that says neither id nor time is always a new one. */
function idOf(deviceId: string, { door = '', mark }: Exclude<Said, { kind: 'alive' }>, what: string): string {
  return mark === undefined ? randomUUID() : swipeIdOf(['mqtt', deviceId, door, what, mark]);
}
