// What people wrote: judgements of readings and field notes. Pure.
import type { FieldNote, Judgement, ManualFlag } from '../model';

/** Of one datastream's flags in the order they were given: in time order, without overlap; at each time the flag given last holds, unless it withdraws. */
export function standing(flags: readonly ManualFlag[]): Judgement[] {
    const given = flags.filter((flag) => flag.from < flag.to);
    const edges = [...new Set(given.flatMap((flag) => [flag.from, flag.to]))].sort((a, b) => a - b);
    const out: Judgement[] = [];
    let before: ManualFlag | undefined;
    edges.forEach((from, index) => {
        const to = edges[index + 1];
        if (to === undefined) return;
        const last = given.findLast((flag) => flag.from <= from && to <= flag.to);
        const open = out[out.length - 1];
        if (last && !last.withdraw && last === before && open) open.to = to;
        else if (last && !last.withdraw) out.push({ from, to, flag: last.flag, who: last.who, why: last.why, when: last.when });
        before = last;
    });
    return out;
}

export class Journal {
    #judgements = new Map<string, Judgement[]>();
    #notes: readonly FieldNote[] = [];

    set(flags: readonly ManualFlag[], notes: readonly FieldNote[]): void {
        const byStream = new Map<string, ManualFlag[]>();
        for (const flag of [...flags].sort((a, b) => a.when - b.when)) {
            const group = byStream.get(flag.datastream);
            if (group) group.push(flag);
            else byStream.set(flag.datastream, [flag]);
        }
        this.#judgements = new Map([...byStream].map(([name, group]) => [name, standing(group)]));
        this.#notes = [...notes].sort((a, b) => a.time - b.time);
    }

    judgementsOf(datastream: string): readonly Judgement[] {
        return this.#judgements.get(datastream) ?? [];
    }

    judgementAt(datastream: string, time: number): Judgement | undefined {
        return this.judgementsOf(datastream).find((one) => one.from <= time && time < one.to);
    }

    /** Of these things and of the whole site, in time order. */
    notesOf(things: ReadonlySet<string>): FieldNote[] {
        return this.#notes.filter((note) => note.thing === '' || things.has(note.thing));
    }
}
