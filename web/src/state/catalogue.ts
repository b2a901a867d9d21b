// The things and datastreams of the lab as last heard, kept fresh by asking again now and then and by live updates.
import { LOW_BATTERY, type Datastream, type NodeState, type Reading, type Thing } from '../model';
import { ago } from '../text/time';
import type { NodeLook } from '../ui/icons';

export class Catalogue {
    things: Thing[] = [];
    #byId = new Map<string, Datastream>();
    #byName = new Map<string, Datastream>();
    #byThing = new Map<string, Datastream[]>();
    /** Server's clock minus the browser's, milliseconds: ages must not depend on a wrong clock. */
    clockOffset = 0;

    set(things: Thing[], datastreams: Datastream[]): void {
        this.things = things;
        this.#byId = new Map(datastreams.map((d) => [d.id, d]));
        this.#byName = new Map(datastreams.map((d) => [d.name, d]));
        this.#byThing = groupByThing(datastreams);
    }

    now(): number {
        return Date.now() + this.clockOffset;
    }

    byId(id: string): Datastream | undefined {
        return this.#byId.get(id);
    }

    byName(name: string): Datastream | undefined {
        return this.#byName.get(name);
    }

    get size(): number {
        return this.#byName.size;
    }

    thing(name: string): Thing | undefined {
        return this.things.find((t) => t.name === name);
    }

    /** Of one thing: by property, the important ones first, then by depth. */
    streamsOf(thing: string): readonly Datastream[] {
        return this.#byThing.get(thing) ?? [];
    }

    /** A live reading: newest value of its datastream, and its thing is heard of. */
    heard(stream: Datastream, reading: Reading): void {
        if (stream.last && reading.time < stream.last.time) return;
        stream.last = reading;
        const thing = this.thing(stream.thing);
        if (!thing || stream.derived) return;
        thing.lastSeen = Math.max(thing.lastSeen || 0, reading.time);
        thing.state = 'live';
        if (stream.property === 'battery_percent') thing.batteryPercent = reading.value;
        if (stream.property === 'battery_voltage') thing.batteryVolts = reading.value;
    }

    setState(stream: Datastream | undefined, state: NodeState): void {
        if (stream) stream.state = state;
    }
}

/** What a person looks at first. */
export const IMPORTANT = [
    'volumetric_water_content', 'soil_temperature', 'matric_potential', 'bulk_electrical_conductivity', 'air_temperature', 'precipitation',
];

function groupByThing(datastreams: readonly Datastream[]): Map<string, Datastream[]> {
    const groups = new Map<string, Datastream[]>();
    for (const stream of datastreams) {
        const group = groups.get(stream.thing);
        if (group) group.push(stream);
        else groups.set(stream.thing, [stream]);
    }
    for (const group of groups.values()) {
        const order = [...new Set([...IMPORTANT, ...group.map((d) => d.property)])];
        group.sort((a, b) => order.indexOf(a.property) - order.indexOf(b.property) || (a.depth ?? -1) - (b.depth ?? -1)
            || a.label.localeCompare(b.label));
    }
    return groups;
}

/** "late: last heard 14 min ago", and what else a technician would ask of a node. */
export function stateText(thing: Thing, now: number): string {
    const heard = Number.isNaN(thing.lastSeen) ? 'never heard' : `last heard ${ago(now - thing.lastSeen)}`;
    const low = thing.batteryPercent < LOW_BATTERY && `battery low, ${Math.round(thing.batteryPercent)} %`;
    return [`${thing.state}: ${heard}`, low, thing.description].filter(Boolean).join('; ');
}

/** A node that speaks but is about to stop shows its battery; one that is silent shows that. */
export function lookOf(thing: Thing): NodeLook {
    if (thing.state !== 'silent' && thing.batteryPercent < LOW_BATTERY) return 'battery';
    return thing.state;
}
