/** Names as people write them, with the letters their addresses are made of. */
export interface NameList {
  language: string;
  /** Windows locale of the mailbox, msExchUserCulture. */
  culture: string;
  country: { c: string; co: string; city: string; postalCode: string; street: string; phone: string };
  given: readonly (readonly [string, string])[];
  surnames: readonly (readonly [string, string])[];
  /** Surname first, as in Japan, Hungary or China. */
  surnameFirst?: boolean;
}

const same = (names: string): (readonly [string, string])[] => names.split(' ').map((n) => [n, n.toLowerCase()]);
const pairs = (names: string): (readonly [string, string])[] =>
  names.split(' ').map((pair) => {
    const [name = '', letters = ''] = pair.split('/');
    return [name, letters || name.toLowerCase()];
  });

export const NAME_LISTS: readonly NameList[] = [
  {
    language: 'de',
    culture: 'de-DE',
    country: { c: 'DE', co: 'Germany', city: 'Köln', postalCode: '50667', street: 'Domstraße', phone: '+49 221 555' },
    given: pairs('Anna Jürgen/juergen Katrin Björn/bjoern Sören/soeren Heike Lukas Zoë/zoe Maximilian Käthe/kaethe'),
    surnames: pairs(
      'Müller/mueller Groß/gross Schäfer/schaefer Öztürk/oeztuerk Becker Weiß/weiss Vogel Lüdtke/luedtke',
    ),
  },
  {
    language: 'en',
    culture: 'en-GB',
    country: {
      c: 'GB',
      co: 'United Kingdom',
      city: 'Leeds',
      postalCode: 'LS1 4AP',
      street: 'Park Row',
      phone: '+44 113 555',
    },
    given: same('Oliver Grace Harriet Imran Chloe Rhys Fiona Desmond Priya Callum'),
    surnames: pairs("O'Brien/obrien Whitfield Smith-Jones/smith-jones Achebe MacLeod/macleod Patel Thornton Smith"),
  },
  {
    language: 'fr',
    culture: 'fr-FR',
    country: {
      c: 'FR',
      co: 'France',
      city: 'Besançon',
      postalCode: '25000',
      street: 'rue des Granges',
      phone: '+33 3 81 55',
    },
    given: pairs('Élodie/elodie François/francois Aurélie/aurelie Théo/theo Camille Noël/noel Anaïs/anais Hugues'),
    surnames: pairs("Lefèvre/lefevre D'Alembert/dalembert Garçon/garcon Dupont Bœuf/boeuf Mercier Le-Goff/le-goff"),
  },
  {
    language: 'ja',
    culture: 'ja-JP',
    country: {
      c: 'JP',
      co: 'Japan',
      city: '横浜市',
      postalCode: '220-0012',
      street: 'みなとみらい',
      phone: '+81 45 555',
    },
    given: pairs('陽子/yoko 健太/kenta 美咲/misaki 大輔/daisuke 直樹/naoki さくら/sakura'),
    surnames: pairs('佐藤/sato 鈴木/suzuki 髙橋/takahashi 渡邊/watanabe 田中/tanaka 伊藤/ito'),
    surnameFirst: true,
  },
  {
    language: 'pl',
    culture: 'pl-PL',
    country: { c: 'PL', co: 'Poland', city: 'Łódź', postalCode: '90-001', street: 'Piotrkowska', phone: '+48 42 555' },
    given: pairs('Małgorzata/malgorzata Łukasz/lukasz Zbigniew Agnieszka Paweł/pawel'),
    surnames: pairs('Wiśniewski/wisniewski Dąbrowska/dabrowska Żak/zak Nowak Szczęsny/szczesny'),
  },
  {
    language: 'tr',
    culture: 'tr-TR',
    country: {
      c: 'TR',
      co: 'Türkiye',
      city: 'İzmir',
      postalCode: '35210',
      street: 'Gazi Bulvarı',
      phone: '+90 232 555',
    },
    given: pairs('İrem/irem Gülşen/gulsen Işıl/isil Çağlar/caglar Ömer/omer'),
    surnames: pairs('Yıldız/yildiz Şahin/sahin Kılıç/kilic Işık/isik'),
  },
  {
    language: 'el',
    culture: 'el-GR',
    country: {
      c: 'GR',
      co: 'Greece',
      city: 'Θεσσαλονίκη',
      postalCode: '54624',
      street: 'Τσιμισκή',
      phone: '+30 231 555',
    },
    given: pairs('Ελένη/eleni Γιώργος/giorgos Σοφία/sofia'),
    surnames: pairs('Παπαδοπούλου/papadopoulou Νικολάου/nikolaou Οικονόμου/oikonomou'),
  },
  {
    language: 'ar',
    culture: 'ar-AE',
    country: {
      c: 'AE',
      co: 'United Arab Emirates',
      city: 'دبي',
      postalCode: '00000',
      street: 'شارع الشيخ زايد',
      phone: '+971 4 555',
    },
    given: pairs('فاطمة/fatima خالد/khalid ليلى/layla'),
    surnames: pairs('الهاشمي/alhashimi منصور/mansour سعيد/saeed'),
  },
];

export const DEPARTMENTS: readonly { name: string; titles: readonly string[] }[] = [
  { name: 'Board', titles: ['Chief Executive', 'Chief Financial Officer'] },
  { name: 'Finance & Controlling', titles: ['Controller', 'Accountant', 'Treasurer'] },
  { name: 'Research / Development', titles: ['Engineer', 'Chemist', 'Lab Technician'] },
  { name: 'Sales EMEA', titles: ['Account Manager', 'Sales Engineer', 'Field Sales'] },
  { name: 'Human Resources', titles: ['Recruiter', 'Payroll Clerk'] },
  { name: 'IT Operations', titles: ['Administrator', 'Service Desk', 'Network Engineer'] },
  { name: 'Legal', titles: ['Counsel', 'Paralegal'] },
];

export const ROOMS: readonly { name: string; alias: string; capacity: number }[] = [
  { name: 'Room Rhein (12)', alias: 'room-rhein', capacity: 12 },
  { name: 'Salle Élysée (6)', alias: 'salle-elysee', capacity: 6 },
  { name: '会議室 富士', alias: 'room-fuji', capacity: 20 },
  { name: 'Room #3, 2nd floor', alias: 'room-3', capacity: 4 },
];
export const EQUIPMENT: readonly { name: string; alias: string }[] = [
  { name: 'Projector 1', alias: 'projector1' },
  { name: 'Pool car K-TR 2026', alias: 'poolcar-2026' },
];
export const SHARED: readonly { name: string; alias: string }[] = [
  { name: 'Info', alias: 'info' },
  { name: 'Bewerbungen', alias: 'bewerbungen' },
  { name: 'Accounts payable', alias: 'accounts.payable' },
  { name: 'Service Desk', alias: 'servicedesk' },
];
