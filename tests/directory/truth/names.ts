/** Given and family names by language, as people of one company have them; common ones first. */
export interface NamePool {
  given: { female: string[]; male: string[] };
  family: string[];
}

const words = (text: string) => text.trim().split(/\s+/);

export const POOLS: Record<'de' | 'en' | 'fr' | 'pl' | 'es' | 'tr' | 'nordic' | 'ru', NamePool> = {
  de: {
    given: {
      female: words(`Anna Maria Sabine Julia Laura Petra Claudia Susanne Katharina Monika Andrea Stefanie Birgit Ursula
        Heike Martina Nicole Lena Lina Lea Sophie Elisabeth Christine Gabriele Renate Barbara Johanna Franziska Theresa
        Jutta Ingrid Silke Tanja Melanie Vanessa Annette Bärbel Hildegard Käthe Dörte Gönül Margarete`),
      male: words(`Michael Thomas Andreas Stefan Christian Peter Martin Wolfgang Klaus Jürgen Günter Hans Markus Frank
        Matthias Daniel Alexander Sebastian Florian Tobias Jan Tim Lukas Felix Max Maximilian Paul Philipp Johannes
        Bernd Uwe Ralf Jörg Dieter Werner Manfred Heinrich Karl Friedrich Ulrich Götz Jens Björn`),
    },
    family: words(`Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter
      Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause
      Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller
      Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht
      Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich
      Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold
      Wolff Pfeiffer Ostermann Überall Äpfelbach Ölschläger Größing Hübschmann Wiesengrund Rothenbücher Achterberg`),
  },
  en: {
    given: {
      female: words(`Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Nancy Lisa Margaret Betty
        Sandra Ashley Dorothy Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Helen
        Sharon Cynthia Kathleen Amy Angela Shirley Anna Ruth Brenda Pamela Nicole Katherine Samantha Christine Emma`),
      male: words(`James Robert John Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony
        Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob
        Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick`),
    },
    family: words(`Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
      Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis
      Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell
      Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales
      Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson
      Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross
      Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher Vasquez Simmons
      O'Brien O'Connor McDonald MacLeod Featherstone Cholmondeley Abercrombie Winterbottom`),
  },
  fr: {
    given: {
      female: words(`Marie Nathalie Isabelle Sylvie Catherine Françoise Valérie Christine Monique Sandrine Véronique
        Élodie Céline Camille Émilie Aurélie Hélène Chloé Léa Manon`),
      male: words(`Jean Michel Philippe Pierre Alain Nicolas Christophe Patrick Daniel Laurent Frédéric Stéphane François
        Jérôme Julien Étienne Rémi Loïc Benoît Gaël`),
    },
    family: words(`Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel
      Garcia David Bertrand Roux Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François
      Martinez Legrand Garnier Faure Rousseau Blanc Guérin Müller Henry Roussel Nicolas Perrin Morin Mathieu Clément
      Gauthier Dumont Lopez Fontaine Chevalier Robin Masson Béranger Lévêque Châtelain`),
  },
  pl: {
    given: {
      female: words(`Anna Maria Katarzyna Małgorzata Agnieszka Barbara Ewa Krystyna Magdalena Elżbieta Joanna Aleksandra
        Zofia Monika Teresa Danuta Natalia Łucja`),
      male: words(`Piotr Krzysztof Andrzej Tomasz Jan Paweł Michał Marcin Stanisław Jakub Adam Marek Łukasz Grzegorz
        Mateusz Wojciech Mariusz Zbigniew`),
    },
    family: words(`Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski
      Kozłowski Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski Nowakowski Pawłowski Michalski Wróbel Żak
      Jabłoński Łuczak Szczepański Brzęczyszczykiewicz`),
  },
  es: {
    given: {
      female: words('María Carmen Ana Isabel Laura Cristina Marta Lucía Elena Pilar Raquel Beatriz Sofía Inés Begoña'),
      male: words('José Antonio Manuel Francisco Juan David Javier Daniel Carlos Jesús Alejandro Miguel Rafael Íñigo'),
    },
    family: words(`García Fernández González Rodríguez López Martínez Sánchez Pérez Martín Gómez Ruiz Hernández Jiménez
      Díaz Álvarez Moreno Muñoz Alonso Gutiérrez Romero Navarro Torres Domínguez Vázquez Ibáñez Núñez Ybarra`),
  },
  tr: {
    given: {
      female: words('Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Sultan Gülşen Özlem Çiğdem'),
      male: words('Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim Murat Ömer Yusuf Özgür Çağlar'),
    },
    family: words(
      'Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Koç',
    ),
  },
  nordic: {
    given: {
      female: words('Ingrid Astrid Kirsten Mette Hanne Søs Åse Kaja Solveig Märta Linnéa Saga'),
      male: words('Lars Anders Søren Jørgen Håkon Bjørn Mikkel Åke Göran Leif Øyvind Pål'),
    },
    family:
      words(`Hansen Jensen Nielsen Andersen Pedersen Sørensen Johansson Eriksson Larsson Åberg Öberg Ødegård Bjørnson
      Lindström Sjöström Kjær Mikkelsen Strømme`),
  },
  ru: {
    given: {
      female: words('Елена Ольга Татьяна Наталья Екатерина Анастасия Юлия Светлана Ксения Надежда'),
      male: words('Александр Сергей Дмитрий Юрий Николай Алексей Михаил Евгений Андрей Фёдор'),
    },
    family: words(
      'Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Щербаков Жуков Яковлев Чайковский',
    ),
  },
};

/** Cyrillic as passports (ICAO), English and German texts write it: three systems for one name. */
const CYRILLIC: Record<string, [string, string, string]> = {
  а: ['a', 'a', 'a'],
  б: ['b', 'b', 'b'],
  в: ['v', 'v', 'w'],
  г: ['g', 'g', 'g'],
  д: ['d', 'd', 'd'],
  е: ['e', 'e', 'e'],
  ё: ['e', 'yo', 'jo'],
  ж: ['zh', 'zh', 'sch'],
  з: ['z', 'z', 's'],
  и: ['i', 'i', 'i'],
  й: ['i', 'y', 'j'],
  к: ['k', 'k', 'k'],
  л: ['l', 'l', 'l'],
  м: ['m', 'm', 'm'],
  н: ['n', 'n', 'n'],
  о: ['o', 'o', 'o'],
  п: ['p', 'p', 'p'],
  р: ['r', 'r', 'r'],
  с: ['s', 's', 's'],
  т: ['t', 't', 't'],
  у: ['u', 'u', 'u'],
  ф: ['f', 'f', 'f'],
  х: ['kh', 'kh', 'ch'],
  ц: ['ts', 'ts', 'z'],
  ч: ['ch', 'ch', 'tsch'],
  ш: ['sh', 'sh', 'sch'],
  щ: ['shch', 'shch', 'schtsch'],
  ъ: ['ie', '', ''],
  ы: ['y', 'y', 'y'],
  ь: ['', '', ''],
  э: ['e', 'e', 'e'],
  ю: ['iu', 'yu', 'ju'],
  я: ['ia', 'ya', 'ja'],
};

export function latin(text: string, system: 0 | 1 | 2): string {
  const lower = [...text.toLowerCase()].map((c) => CYRILLIC[c]?.[system] ?? c).join('');
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** Other forms of a given name that a colleague or an HR system uses. */
export const SHORT_FORMS: Record<string, string> = {
  Robert: 'Bob',
  William: 'Bill',
  Richard: 'Dick',
  Elizabeth: 'Liz',
  Katherine: 'Kate',
  Margaret: 'Peggy',
  James: 'Jim',
  Michael: 'Mike',
  Thomas: 'Tom',
  Christopher: 'Chris',
  Matthew: 'Matt',
  Anthony: 'Tony',
  Steven: 'Steve',
  Andrew: 'Andy',
  Joshua: 'Josh',
  Kenneth: 'Ken',
  Timothy: 'Tim',
  Edward: 'Ted',
  Nicholas: 'Nick',
  Jonathan: 'Jon',
  Benjamin: 'Ben',
  Samuel: 'Sam',
  Gregory: 'Greg',
  Alexander: 'Alex',
  Deborah: 'Debbie',
  Rebecca: 'Becky',
  Kimberly: 'Kim',
  Pamela: 'Pam',
  Samantha: 'Sam',
  Jennifer: 'Jenny',
  Susan: 'Sue',
  Maximilian: 'Max',
  Johannes: 'Hannes',
  Ulrich: 'Uli',
  Wolfgang: 'Wolf',
  Günter: 'Günther',
  Katharina: 'Kathrin',
  Elisabeth: 'Lisa',
  Franziska: 'Franzi',
  Stefanie: 'Steffi',
  Sebastian: 'Basti',
  Friedrich: 'Fritz',
  Heinrich: 'Heinz',
  Gabriele: 'Gabi',
  Manfred: 'Manni',
  Matthias: 'Matze',
  Andreas: 'Andi',
};
