import type { ClockChange, ZoneRule } from '../../../core/domain/mapi/time-zone.ts';
import { WINDOWS_ZONES } from '../../convert/windows-zones.ts';
import { zoneOfIana } from '../../convert/zones.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, childrenOf, toBoolean } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** [MS-OXWSGTZ] 3.1.4.1. */
export const getServerTimeZones: Operation = (request, call) => {
  const full = toBoolean(request.attributes.ReturnFullTimeZoneData) ?? false;
  const asked = child(request, 'Ids');
  const wanted = asked && new Set(childrenOf(asked, 'Id').map((id) => id.text.trim().toLowerCase()));
  const kind = { name: 'GetServerTimeZones', afterError: '<m:TimeZoneDefinitions/>' };
  return responseMessages(call, kind, [request], () => {
    const zones = WINDOWS_ZONES.filter(([name]) => !wanted || wanted.has(name.toLowerCase()));
    const list = zones.map(([name, iana, display]) =>
      el('t:TimeZoneDefinition', full ? definition(zoneOfIana(iana, name)) : '', { Id: name, Name: display }),
    );
    return el('m:TimeZoneDefinitions', list.join(''));
  });
};

/** Periods, one group of yearly transitions, and the transition to it. */
function definition(zone: ZoneRule): string {
  const id = (name: string) => `trule:Microsoft/Registry/${zone.keyName}/1-${name}`;
  const period = (name: string, minutes: number) =>
    el('t:Period', '', { Bias: xsDuration(minutes), Name: name, Id: id(name) });
  const { standard, daylight } = zone;
  const both = standard && daylight;
  const periods =
    period('Standard', zone.bias + zone.standardBias) + (both ? period('Daylight', zone.bias + zone.daylightBias) : '');
  const transitions = both
    ? yearly(daylight, id('Daylight')) + yearly(standard, id('Standard'))
    : el('t:Transition', tx('t:To', id('Standard'), { Kind: 'Period' }));
  return (
    el('t:Periods', periods) +
    el('t:TransitionsGroups', el('t:TransitionsGroup', transitions, { Id: '0' })) +
    el('t:Transitions', el('t:Transition', tx('t:To', '0', { Kind: 'Group' })))
  );
}

function yearly(change: ClockChange, to: string): string {
  return el(
    't:RecurringDayTransition',
    tx('t:To', to, { Kind: 'Period' }) +
      tx('t:TimeOffset', xsDuration(change.hour * 60 + change.minute)) +
      tx('t:Month', change.month) +
      tx('t:DayOfWeek', DAYS[change.dayOfWeek]) +
      tx('t:Occurrence', change.week === 5 ? -1 : change.week),
  );
}

function xsDuration(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : ''}PT${Math.floor(size / 60)}H${size % 60}M`;
}
