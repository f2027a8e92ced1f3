import type { Random } from './random.ts';

/** Sentences, subjects and names of things, by language: mail as an international company writes it. */
interface Phrases {
  greeting: string;
  closing: string;
  subjects: readonly string[];
  sentences: readonly string[];
  reply: string;
  forward: string;
}

const PHRASES: Record<string, Phrases> = {
  en: {
    greeting: 'Hello',
    closing: 'Kind regards',
    reply: 'RE: ',
    forward: 'FW: ',
    subjects: [
      'Quarterly figures',
      'Minutes of Monday’s meeting',
      'Offer 4711 – your signature',
      'Travel to Leeds',
      'Lunch?',
      'Server maintenance on Saturday',
      'Draft contract (confidential)',
    ],
    sentences: [
      'Please find the figures attached; the second sheet is still preliminary.',
      'Could you let me know by Thursday whether the date suits you?',
      'The supplier has confirmed delivery for week 34.',
      'I have copied in everyone who was at the table.',
      'We should decide before the holidays – afterwards nobody is here.',
      'The invoice was paid twice; the credit note follows.',
    ],
  },
  de: {
    greeting: 'Guten Tag',
    closing: 'Mit freundlichen Grüßen',
    reply: 'AW: ',
    forward: 'WG: ',
    subjects: [
      'Prüfbericht Anlage 3',
      'Urlaubsübersicht Sommer',
      'Rückfrage zur Rechnung 2026-0815',
      'Schlüsselübergabe',
      'Änderung der Öffnungszeiten',
      'Größe der Lieferung',
    ],
    sentences: [
      'anbei wie besprochen die geänderten Maße – bitte prüfen.',
      'Die Größenangaben im Vertrag stimmen nicht mit der Zeichnung überein.',
      'Könnten Sie mir bitte bis Freitag Rückmeldung geben?',
      'Der Termin am Dienstag muss leider ausfallen.',
      'Über das Wochenende sind die Server nicht erreichbar.',
    ],
  },
  fr: {
    greeting: 'Bonjour',
    closing: 'Cordialement',
    reply: 'RE: ',
    forward: 'TR: ',
    subjects: [
      'Compte rendu de réunion',
      'Facture n° 1789 – à régler',
      'Déménagement du siège',
      'Congés d’été',
      'Dossier réclamation Lefèvre',
    ],
    sentences: [
      'Veuillez trouver ci-joint le compte rendu de la réunion d’hier.',
      'Pourriez-vous confirmer la réception de la pièce n° 12 ?',
      'Le fournisseur s’est engagé à livrer avant la fin du mois.',
      'Ça marche, à mardi !',
    ],
  },
  ja: {
    greeting: 'お世話になっております。',
    closing: 'よろしくお願いいたします。',
    reply: 'RE: ',
    forward: 'FW: ',
    subjects: [
      '会議の議事録',
      '見積書の件',
      '出張予定について',
      '【重要】システム停止のお知らせ',
      '髙橋様 ご確認ください',
    ],
    sentences: [
      '添付ファイルをご確認ください。',
      '納期は来週の水曜日までとなります。',
      '会議室は三階の富士を予約しました。',
      'ご不明な点がございましたらお知らせください。',
    ],
  },
  pl: {
    greeting: 'Dzień dobry',
    closing: 'Z poważaniem',
    reply: 'ODP: ',
    forward: 'FW: ',
    subjects: ['Zamówienie części zamiennych', 'Spotkanie w Łodzi', 'Faktura – płatność'],
    sentences: [
      'W załączeniu przesyłam zestawienie kosztów.',
      'Proszę o potwierdzenie terminu do piątku.',
      'Dostawa opóźni się o tydzień.',
    ],
  },
  tr: {
    greeting: 'Merhaba',
    closing: 'Saygılarımla',
    reply: 'YNT: ',
    forward: 'İLT: ',
    subjects: ['İzmir toplantısı', 'Sipariş durumu', 'Yıllık izin planı'],
    sentences: [
      'Ekte güncel fiyat listesini bulabilirsiniz.',
      'Toplantıyı perşembe gününe alabilir miyiz?',
      'Işıklandırma siparişi onaylandı.',
    ],
  },
  el: {
    greeting: 'Καλημέρα',
    closing: 'Με εκτίμηση',
    reply: 'ΑΠ: ',
    forward: 'FW: ',
    subjects: ['Πρακτικά συνέλευσης', 'Προσφορά για το έργο'],
    sentences: ['Σας επισυνάπτω την αναφορά.', 'Παρακαλώ επιβεβαιώστε την ημερομηνία.'],
  },
  ar: {
    greeting: 'السلام عليكم',
    closing: 'مع خالص التحية',
    reply: 'رد: ',
    forward: 'FW: ',
    subjects: ['تقرير المشروع', 'موعد الاجتماع القادم'],
    sentences: ['مرفق التقرير الشهري للمراجعة.', 'يرجى تأكيد الموعد قبل يوم الخميس.'],
  },
};

export function phrases(language: string): Phrases {
  const found = PHRASES[language] ?? PHRASES.en;
  if (!found) throw new RangeError('no phrases');
  return found;
}

/** A text of about so many characters. */
export function bodyText(random: Random, language: string, length: number, to: string, from: string): string {
  const p = phrases(language);
  const lines = [`${p.greeting} ${to},`, ''];
  let written = 0;
  while (written < length) {
    const paragraph: string[] = [];
    for (let i = random.int(2, 5); i > 0; i--) paragraph.push(random.pick(p.sentences));
    const text = paragraph.join(' ');
    written += text.length;
    lines.push(text, '');
  }
  lines.push(p.closing, from);
  return lines.join('\r\n');
}

const HTML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The same text as a mail program's HTML; `image` is the content id of a picture shown at the end. */
export function htmlBody(text: string, image?: string): string {
  const escaped = text.replace(/[&<>]/g, (sign) => HTML_ENTITIES[sign] ?? sign);
  const paragraphs = escaped.split('\r\n\r\n').map((p) => `<p class="MsoNormal">${p.replaceAll('\r\n', '<br>')}</p>`);
  const picture = image ? `<p><img src="cid:${image}" width="64" height="64" alt="logo"></p>` : '';
  return `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style>p.MsoNormal{margin:0 0 8pt;font-family:Calibri,sans-serif}</style></head><body>${paragraphs.join('\r\n')}${picture}</body></html>`;
}

export const CATEGORIES = ['Red Category', 'Projekt Umzug', 'À suivre', '重要', 'Holiday'] as const;

export const FOLDER_NAMES = [
  'Projekte',
  'Kunden A–M',
  'Kunden N–Z',
  'Archive 2019/2020',
  'C:\\alt',
  '  führende Leerzeichen',
  '#wichtig',
  '請求書',
  '📥 To do',
  'Été & hiver',
  "O'Brien <intern>",
  'مشروع',
  '100 % erledigt',
  'Newsletter',
  'x'.repeat(180),
] as const;
