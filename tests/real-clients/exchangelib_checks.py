"""exchangelib against the lab: each check is a function; what it finds goes to standard output as one JSON document.

Usage: exchangelib_checks.py CONFIG   (CONFIG is a JSON file that exchangelib.test.ts writes)
"""
import collections
import datetime
import json
import os
import sys
import time
import traceback
from decimal import Decimal

with open(sys.argv[1]) as handle:
    CONFIG = json.load(handle)
# requests takes its trust from here; verification stays on.
os.environ["REQUESTS_CA_BUNDLE"] = CONFIG["caFile"]

import exchangelib.util  # noqa: E402
from exchangelib import (  # noqa: E402
    BASIC, DELEGATE, IMPERSONATION, NTLM, UTC, Account, Attendee, CalendarItem, Configuration, Contact, Credentials,
    DistributionList, EWSDate, EWSDateTime, EWSTimeZone, ExtendedProperty, FaultTolerance, FileAttachment, HTMLBody,
    ItemAttachment, Mailbox, Message, Task,
)
from exchangelib.autodiscover.protocol import AutodiscoverProtocol  # noqa: E402
from exchangelib.errors import (  # noqa: E402
    ErrorAccessDenied, ErrorFolderNotFound, ErrorImpersonateUserDenied, ErrorInvalidOperation, UnauthorizedError,
)
from exchangelib.folders import Calendar, Messages  # noqa: E402
from exchangelib.indexed_properties import EmailAddress, PhoneNumber, PhysicalAddress  # noqa: E402
from exchangelib.items import PostItem  # noqa: E402
from exchangelib.properties import AlternateId, Member  # noqa: E402
from exchangelib.recurrence import (  # noqa: E402
    AbsoluteMonthlyPattern, AbsoluteYearlyPattern, DailyPattern, Recurrence, RelativeMonthlyPattern,
    RelativeYearlyPattern, TaskRecurrence, WeeklyPattern,
)
from exchangelib.settings import OofSettings  # noqa: E402

# It waits 10 s after a lost connection, doubling, and 60 s where a back-off has no length: the same in a test's time.
exchangelib.util.RETRY_WAIT = 0.2
FaultTolerance.DEFAULT_BACKOFF = 0.2

BERLIN = EWSTimeZone("Europe/Berlin")


def configuration(side, user, password, auth=NTLM, **kwargs):
    return Configuration(
        service_endpoint=CONFIG[side]["ewsUrl"], credentials=Credentials(user, password), auth_type=auth, **kwargs
    )


def impersonated(side, address, **kwargs):
    service = CONFIG[side]["serviceAccount"]
    config = configuration(side, service["user"], service["password"], **kwargs)
    return Account(address, config=config, autodiscover=False, access_type=IMPERSONATION)


def owner(side="source", index=0, auth=NTLM):
    person = CONFIG[side]["mailboxes"][index]
    config = configuration(side, person["user"], person["password"], auth=auth)
    return Account(person["user"], config=config, autodiscover=False, access_type=DELEGATE)


def read_all(folder, seen):
    """Reads every item of a folder with its attachments; how many there were."""
    count = 0
    for item in folder.all():
        if isinstance(item, Exception):
            raise item
        count += 1
        seen[item.item_class] += 1
        for attachment in item.attachments:
            if isinstance(attachment, FileAttachment):
                assert attachment.content is not None
            else:
                assert attachment.item is not None
    return count


def walk_mailbox():
    account = impersonated("source", CONFIG["source"]["archiveUser"])
    seen = collections.Counter()
    wrong = []
    for folder in account.msg_folder_root.walk():
        count = read_all(folder, seen)
        if count != folder.total_count:
            wrong.append([folder.name, folder.total_count, count])
    primary = [f.name for f in account.root.walk()]
    archive = [f.name for f in account.archive_root.walk()]
    for folder in account.archive_msg_folder_root.walk():
        read_all(folder, seen)
    return dict(primary=len(primary), archive=len(archive), classes=dict(seen), wrong=wrong,
                recoverable="Deletions" in primary and "Deletions" in archive)


def no_archive():
    account = impersonated("source", CONFIG["source"]["plainUser"])
    try:
        account.archive_root
        return "found"
    except ErrorFolderNotFound:
        return "ErrorFolderNotFound"


def messages():
    account = owner()
    message = Message(
        account=account, folder=account.inbox, subject="Grüße <&> 😀", body=HTMLBody("<p>Hallo &amp; Welt</p>"),
        to_recipients=[Mailbox(name="Wer", email_address="wer@else.where")], cc_recipients=["cc@else.where"],
        bcc_recipients=["bcc@else.where"], categories=["Rot", "Grün"], importance="High", sensitivity="Private",
        is_read=True, reply_to=["r@x.y"], references="<a@b>", in_reply_to="<c@d>",
    )
    message.attach(FileAttachment(name="ä.txt", content=b"hello" * 1000))
    message.attach(FileAttachment(name="i.png", content=b"\x89PNG", is_inline=True, content_id="cid1"))
    inner = Message(subject="innen", body="text", to_recipients=["i@x.y"])
    message.attach(ItemAttachment(name="inner", item=inner))
    message.save()
    got = account.inbox.get(id=message.id)
    by_name = {a.name: a for a in got.attachments}
    found = dict(
        subject=got.subject, body=str(got.body), text=got.text_body, to=[r.email_address for r in got.to_recipients],
        cc=[r.email_address for r in got.cc_recipients], bcc=[r.email_address for r in got.bcc_recipients],
        categories=got.categories, importance=got.importance, sensitivity=got.sensitivity, read=got.is_read,
        reply_to=[r.email_address for r in got.reply_to], references=got.references, in_reply_to=got.in_reply_to,
        attachments=sorted(by_name), content=by_name["ä.txt"].content == b"hello" * 1000,
        inline=by_name["i.png"].is_inline, nested=by_name["inner"].item.subject,
        mime=b"Subject:" in got.mime_content, draft=got.is_draft,
    )
    with by_name["ä.txt"].fp as stream:
        found["streamed"] = stream.read() == b"hello" * 1000
    got.detach([by_name["ä.txt"], by_name["i.png"]])
    got.refresh()
    found["left"] = [a.name for a in got.attachments]
    got.subject = "neu"
    got.is_read = False
    got.save()
    got.refresh()
    found["changed"] = [got.subject, got.is_read]
    copy_id = got.copy(account.drafts)[0]
    copy = account.drafts.get(id=copy_id)
    copy.move(account.trash)
    copy.soft_delete()
    got.delete()
    found["gone"] = account.inbox.filter(subject="neu").count()
    by_mime = Message(
        account=account, folder=account.inbox,
        mime_content=b"From: a@b.c\r\nTo: d@e.f\r\nSubject: by mime\r\nDate: Mon, 01 Jan 2024 10:00:00 +0000\r\n"
                     b"Message-ID: <mime@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbody\r\n",
    )
    by_mime.save()
    got = account.inbox.get(subject="by mime")
    found["by_mime"] = [got.message_id, str(got.datetime_sent), got.author.email_address]
    sent = Message(account=account, subject="an uns", to_recipients=[account.primary_smtp_address], body="b")
    sent.send_and_save()
    found["sent"] = [account.sent.filter(subject="an uns").count(), account.inbox.filter(subject="an uns").count()]
    return found


def calendar():
    account = owner()
    start = EWSDateTime(2024, 6, 3, 10, 0, tzinfo=BERLIN)
    hour = datetime.timedelta(hours=1)
    single = CalendarItem(
        account=account, folder=account.calendar, subject="Termin", start=start, end=start + hour, location="Raum",
        required_attendees=[Attendee(mailbox=Mailbox(email_address="a@x.y"), response_type="Accept")],
        optional_attendees=["o@x.y"], resources=["room@x.y"], reminder_is_set=True, reminder_minutes_before_start=10,
        legacy_free_busy_status="OOF", uid="my-uid-1",
    )
    single.save()
    got = account.calendar.get(id=single.id)
    found = dict(single=[str(got.start), str(got.end), got._start_timezone.ms_id, got.uid, got.duration, got.type,
                         got.legacy_free_busy_status, got.organizer.email_address, got.location, got.is_meeting,
                         [a.mailbox.email_address for a in got.required_attendees],
                         [a.mailbox.email_address for a in got.optional_attendees],
                         [a.mailbox.email_address for a in got.resources]])
    whole = CalendarItem(account=account, folder=account.calendar, subject="Ganz", start=EWSDate(2024, 6, 5),
                         end=EWSDate(2024, 6, 6), is_all_day=True)
    whole.save()
    got = account.calendar.get(id=whole.id)
    found["all_day"] = [str(got.start), str(got.end), got.is_all_day]
    pattern = WeeklyPattern(interval=1, weekdays=["Monday", "Wednesday"], first_day_of_week="Monday")
    series = CalendarItem(account=account, folder=account.calendar, subject="Serie", start=start, end=start + hour,
                          recurrence=Recurrence(pattern=pattern, start=start.date(), number=10))
    series.save()
    master = account.calendar.get(id=series.id)
    third = master.occurrence(3)
    third.refresh()
    third.subject = "verlegt"
    third.start += datetime.timedelta(hours=2)
    third.end += datetime.timedelta(hours=2)
    third.save(update_fields=["subject", "start", "end"])
    master.occurrence(4).delete()
    master.refresh()
    view = list(account.calendar.view(start=start, end=start + datetime.timedelta(days=60)))
    moved = [i for i in view if i.subject == "verlegt"][0]
    moved.refresh()
    found["series"] = [
        master.type, master.recurrence.pattern == pattern, master.recurrence.boundary.number, str(master.first_occurrence.start),
        str(master.last_occurrence.start), len(master.modified_occurrences), str(master.deleted_occurrences[0].start),
        sum(i.subject == "Serie" for i in view), moved.type, str(moved.start), moved.recurring_master().id is not None,
    ]
    patterns = [
        DailyPattern(interval=2), AbsoluteMonthlyPattern(interval=1, day_of_month=31),
        RelativeMonthlyPattern(interval=2, weekday="Friday", week_number="Last"),
        AbsoluteYearlyPattern(day_of_month=29, month="February"),
        RelativeYearlyPattern(weekday="Weekday", week_number="First", month="March"),
    ]
    kept = []
    for each in patterns:
        item = CalendarItem(account=account, folder=account.calendar, subject="P", start=start, end=start + hour,
                            recurrence=Recurrence(pattern=each, start=start.date(), end=EWSDate(2027, 1, 1)))
        item.save()
        kept.append(account.calendar.get(id=item.id).recurrence.pattern == each)
    found["patterns"] = kept
    return found


def people_and_tasks():
    account = owner()
    contact = Contact(
        account=account, folder=account.contacts, display_name="Ada Lovelace", given_name="Ada", surname="Lovelace", company_name="AE",
        email_addresses=[EmailAddress(email="ada@x.y", label="EmailAddress1"),
                         EmailAddress(email="ada3@x.y", label="EmailAddress3")],
        phone_numbers=[PhoneNumber(label="MobilePhone", phone_number="123")],
        physical_addresses=[PhysicalAddress(label="Business", street="S 1", city="Köln", zipcode="5", country="DE")],
        birthday=EWSDate(1990, 2, 3), job_title="X", children=["A", "B"], body="note",
    )
    contact.save()
    got = account.contacts.get(id=contact.id)
    found = dict(contact=[got.file_as, got.display_name, [[e.label, e.email] for e in got.email_addresses],
                          got.physical_addresses[0].city, str(got.birthday), got.children, got.complete_name.full_name])
    got.phone_numbers = [PhoneNumber(label="HomePhone", phone_number="9")]
    got.save()
    got.refresh()
    found["phones"] = [[p.label, p.phone_number] for p in got.phone_numbers]
    found["by_address"] = account.contacts.filter(
        email_addresses=EmailAddress(email="ada@x.y", label="EmailAddress1")
    ).count()
    group = DistributionList(
        account=account, folder=account.contacts, display_name="Liste",
        members=[Member(mailbox=Mailbox(name="Q", email_address="q@x.y", mailbox_type="OneOff"))],
    )
    group.save()
    got = account.contacts.get(id=group.id)
    found["list"] = [got.display_name, [m.mailbox.email_address for m in got.members]]
    task = Task(account=account, folder=account.tasks, subject="T", status="InProgress", percent_complete=Decimal(40),
                due_date=EWSDate(2024, 5, 6), start_date=EWSDate(2024, 5, 6), companies=["x"], total_work=9,
                recurrence=TaskRecurrence(pattern=DailyPattern(interval=3), start=EWSDate(2024, 5, 6)))
    task.save()
    got = account.tasks.get(id=task.id)
    found["task"] = [got.status, str(got.percent_complete), str(got.due_date), got.companies, got.is_recurring,
                     got.recurrence.pattern == DailyPattern(interval=3)]
    got.complete()
    got.refresh()
    found["done"] = [got.status, got.is_complete]
    post = PostItem(account=account, folder=account.inbox, subject="Post", body="p")
    post.save()
    got = account.inbox.get(id=post.id)
    found["post"] = [type(got).__name__, got.item_class]
    return found


class Numbered(ExtendedProperty):
    distinguished_property_set_id = "PublicStrings"
    property_name = "transplant"
    property_type = "StringArray"


class MessageFlags(ExtendedProperty):
    property_tag = 0x0E07
    property_type = "Integer"


def filters():
    account = owner()
    folder = Messages(parent=account.inbox, name="Filter")
    folder.save()
    for i in range(25):
        Message(account=account, folder=folder, subject=f"n{i:02}", body="x" * i, categories=[f"c{i % 3}"]).save()
    found = dict(
        all=folder.all().count(), starts=folder.filter(subject__startswith="n1").count(),
        contains=folder.filter(subject__icontains="N1").count(), without=folder.exclude(subject__icontains="n1").count(),
        several=folder.filter(subject__in=["n01", "n02", "nope"]).count(),
        category=folder.filter(categories__contains=["c1"]).count(),
        later=folder.filter(datetime_created__gt=EWSDateTime(2020, 1, 1, tzinfo=UTC)).count(),
        future=folder.filter(datetime_created__gt=EWSDateTime(2199, 1, 1, tzinfo=UTC)).count(),
        order=[m.subject for m in folder.all().order_by("-subject")[:3]],
        text=folder.filter("subject:n07").count(),
    )
    paged = folder.all().only("subject")
    paged.page_size = 7
    found["paged"] = len({m.subject for m in paged})
    Message.register("numbered", Numbered)
    Message.register("message_flags", MessageFlags)
    try:
        Message(account=account, folder=folder, subject="ext", numbered=["a", "b"], message_flags=1, is_read=True).save()
        got = folder.get(subject="ext")
        found["extended"] = [list(got.numbered), got.message_flags & 1, got.is_draft]
        found["by_extended"] = folder.filter(message_flags=got.message_flags).count()
    finally:
        Message.deregister("numbered")
        Message.deregister("message_flags")
    folder.all().delete()
    found["deleted"] = folder.all().count()
    folder.wipe()
    folder.delete()
    return found


def sync():
    account = owner()
    folder = Messages(parent=account.inbox, name="Sync")
    folder.save()
    for i in range(5):
        Message(account=account, folder=folder, subject=f"s{i}").save()
    first = [kind for kind, _ in folder.sync_items()]
    state = folder.item_sync_state
    item = folder.get(subject="s0")
    item.is_read = not item.is_read
    item.save(update_fields=["is_read"])
    folder.get(subject="s1").delete()
    other = folder.get(subject="s2")
    other.subject = "geändert"
    other.save(update_fields=["subject"])
    Message(account=account, folder=folder, subject="neu").save()
    changes = sorted(kind for kind, _ in folder.sync_items(sync_state=state))
    hierarchy = [kind for kind, _ in account.root.sync_hierarchy()]
    state = account.root.folder_sync_state
    folder.name = "Sync 2"
    folder.save(update_fields=["name"])
    renamed = [kind for kind, _ in account.root.sync_hierarchy(sync_state=state)]
    folder.delete()
    gone = [kind for kind, _ in account.root.sync_hierarchy()]
    return dict(first=first, changes=changes, hierarchy=set(hierarchy) == {"create"} and len(hierarchy) > 15,
                renamed=renamed, gone=gone)


def export_and_upload():
    source = impersonated("source", CONFIG["source"]["archiveUser"])
    target = impersonated("target", CONFIG["target"]["mailbox"])
    into = Messages(parent=target.inbox, name="Übernommen")
    into.save()
    items = [i for f in source.msg_folder_root.walk() for i in f.all().only("id", "changekey", "subject")]
    data = source.export(items)
    bad = [d for d in data if not isinstance(d, str)]
    uploaded = target.upload([(into, d) for d in data])
    before = sorted(str(i.subject) for i in items)
    after = sorted(str(i.subject) for i in into.all().only("subject"))
    again = target.upload([(into, (uploaded[0], False, data[0]))])
    return dict(items=len(items), bad=len(bad), uploaded=len(uploaded), same=before == after,
                updated=again[0][0] == uploaded[0][0], count=into.all().count())


def impersonation():
    found = dict(service=impersonated("source", CONFIG["source"]["plainUser"]).inbox.name is not None)
    person = CONFIG["source"]["mailboxes"][0]
    config = configuration("source", person["user"], person["password"])
    for name, kind in (("user", IMPERSONATION), ("stranger", DELEGATE)):
        try:
            account = Account(CONFIG["source"]["archiveUser"], config=config, autodiscover=False, access_type=kind)
            account.inbox.total_count
            found[name] = "allowed"
        except (ErrorImpersonateUserDenied, ErrorAccessDenied) as e:
            found[name] = type(e).__name__
    try:
        config = configuration("source", person["user"], "wrong " + person["password"])
        Account(person["user"], config=config, autodiscover=False, access_type=DELEGATE).inbox.total_count
        found["password"] = "allowed"
    except UnauthorizedError as e:
        found["password"] = type(e).__name__
    found["basic"] = owner(auth=BASIC).inbox.name is not None
    found["detected"] = owner(auth=None).protocol.auth_type
    return found


def public_folders():
    account = impersonated("source", CONFIG["source"]["plainUser"])
    seen = collections.Counter()
    folders, wrong, denied = 0, [], 0
    for folder in account.public_folders_root.walk():
        folders += 1
        try:
            count = read_all(folder, seen)
            if count != folder.total_count:
                wrong.append([folder.name, folder.total_count, count])
        except ErrorAccessDenied:
            denied += 1
    try:
        list(account.public_folders_root.sync_hierarchy())
        hierarchy = "allowed"
    except ErrorInvalidOperation as e:
        hierarchy = type(e).__name__
    return dict(folders=folders, classes=dict(seen), wrong=wrong, denied=denied, hierarchy=hierarchy)


def the_rest():
    account = owner()
    me = account.primary_smtp_address
    zones = list(account.protocol.get_timezones(return_full_timezone_data=True))
    account.oof_settings = OofSettings(
        state="Scheduled", external_audience="All", start=EWSDateTime(2035, 1, 1, tzinfo=UTC),
        end=EWSDateTime(2035, 1, 9, tzinfo=UTC), internal_reply="in <b>", external_reply="ex",
    )
    oof = account.oof_settings
    converted = list(account.protocol.convert_ids(
        [AlternateId(id=account.inbox.id, format="EwsId", mailbox=me)], destination_format="HexEntryId"
    ))
    resolved = account.protocol.resolve_names([me], return_full_contact_data=True)
    named = account.protocol.resolve_names(list("abcdefghijklmnopqrstuvwxyz"))
    groups = [m for m in named if getattr(m, "mailbox_type", None) == "PublicDL"]
    members = list(account.protocol.expand_dl(groups[0])) if groups else []
    discover = AutodiscoverProtocol(config=Configuration(
        service_endpoint=CONFIG["source"]["autodiscoverUrl"], auth_type=NTLM,
        credentials=Credentials(CONFIG["source"]["mailboxes"][0]["user"], CONFIG["source"]["mailboxes"][0]["password"]),
    ))
    settings = discover.get_user_settings(me)
    return dict(zones=len(zones), dst=zones[20].get_std_and_dst(2024) is not None,
                oof=[oof.state, oof.external_audience, str(oof.start), oof.internal_reply],
                delegates=[d.user_id.primary_smtp_address for d in account.delegates],
                hex=all(c in "0123456789ABCDEF" for c in converted[0].id), resolved=resolved[0][0].email_address,
                contact=resolved[0][1].contact_source, members=len(members) > 0,
                autodiscover=[settings.autodiscover_smtp_address, settings.ews_url])


def fault_tolerance():
    """A client with a retry policy gets through a server that is busy, drops connections and answers 503."""
    person = CONFIG["faulty"]["mailbox"]
    service = CONFIG["faulty"]["serviceAccount"]
    config = Configuration(
        service_endpoint=CONFIG["faulty"]["ewsUrl"], credentials=Credentials(service["user"], service["password"]),
        auth_type=NTLM, retry_policy=FaultTolerance(max_wait=60),
    )
    account = Account(person, config=config, autodiscover=False, access_type=IMPERSONATION)
    counts = [len(list(account.inbox.all().only("subject"))) for _ in range(6)]
    return dict(counts=counts, total=account.inbox.total_count)


CHECKS = [walk_mailbox, no_archive, messages, calendar, people_and_tasks, filters, sync, export_and_upload, impersonation,
          public_folders, the_rest, fault_tolerance]


def main():
    results = {}
    for check in CHECKS:
        begun = time.monotonic()
        try:
            results[check.__name__] = dict(found=check())
        except Exception:
            results[check.__name__] = dict(error=traceback.format_exc(limit=-6))
        results[check.__name__]["seconds"] = round(time.monotonic() - begun, 2)
    json.dump(results, sys.stdout, default=str)


if __name__ == "__main__":
    main()
