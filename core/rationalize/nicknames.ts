import { looseKey } from './text.ts';

/**
 * Given names that stand for each other, a group a line. A name may be in several groups (Sasha). Rules files add
 * groups of their own.
 */
const GROUPS = `
abigail abby gail
abraham abe bram
adelheid heidi adele
agnes agnieszka nes
albert al bert albrecht
alejandro alex jandro
aleksandr alexander alex alec al sascha sasha sandro xander lex alejandro alessandro
alexandra alex sandra sascha sasha lexi alessandra
alfred al fred fredi alfredo
alice ali lissy
amanda mandy
andreas andi andy andre andrej andrea
andrew andy drew
angela angie angelika
anna anne ann annie anja annika hanna
anneliese anne liese annelie
anton toni tony antonio antoine
anthony tony ant
antoinette toni netty
arthur art artur
barbara barb babs barbie bärbel
beatrice bea trixie beatrix
benedict ben benno benedikt
benjamin ben benny benji
bernhard bernd bernie bernard
bettina betty tina
bogdan bogdanus
brigitte gitte biggi birgit
bronislaw bronek
caroline carolin carol carrie caro karoline karolin lina
catherine cathy cath kate katie kathy katherine kathryn kathleen katharina kathrin katrin cate cat kit kitty karin
cecilia cecily cec cilla
charles charlie chuck chas carl karl carlos
charlotte lotte charly lottie
christian chris christoph christopher kris
christina christine chris chrissie tina kristina christa
christopher chris kit topher kristoffer christoph stoffel
claudia claudi
clara klara
cornelia conny nele connie
cornelius cor niels
daniel dan danny dani
daniela dani daniella danielle
david dave davy
deborah deb debbie debra
dennis den denny
dietmar didi
dieter didi
dmitri dmitry dima mitya dimitri dimitrios
donald don donnie
dorothea dorothy dora doro dot thea
douglas doug
edward ed eddie ted ned eduard edoardo
edgar ed eddie
edmund ed eddie
edwin ed eddie
ekaterina katya katja katharina
eleanor ellie nora nell
elena lena helena helen elli
elisabeth elizabeth liz lizzie lisa beth betty eliza elise elsa else lisbeth lisl sissi liza bettina isabel libby
emanuel manuel manu
emily em emmy
erich eric erik
ernst ernest ernie
eugene gene
evgeny eugene zhenya evgenii
ewa eva eve evi
felicitas feli
ferdinand ferdi nando
florian flo
frances fran frankie
francesco franco cesco francis
francis frank fran
francisco paco pancho francis
frank franz francis
franziska franzi
franklin frank
frederick fred freddie rick frederic friedrich fritz
friedrich fritz fred friedel
gabriel gabe gabi
gabriele gabi gaby gabriella gabrielle
gerald gerry jerry
gerhard gerd gerry gert hardy
gertrud trude gerti traudl
giovanni gianni john nanni vanni
giuseppe beppe peppe joseph
gregory greg gregor
gustav gus gustaf
günter günther gunter
hannelore hanne lore
hans johannes johann jan johan hannes
harald harry
harold hal harry
harriet hattie
heinrich heinz heini henry hendrik henrik
helga helge
henry harry hank hal henri
herbert herb bert
hermann herman
hildegard hilde
hubert bert hubertus
ignacio nacho
igor gosha
ines inez
ingeborg inge
irina ira irene
isabella bella isabel isa isabelle
ivan vanya iwan john
jacob jake jakob
jacqueline jackie
jakub kuba jacob
james jim jimmy jamie jem
jan johannes john
jane janie janet
jeffrey jeff geoff geoffrey
jennifer jen jenny jenni
jeremy jerry jem
jerome jerry
jessica jess jessie
jesus chucho
joachim jochen achim jo joschi
joanna jo joan johanna hanna
johanna hanna jo hanne joanna
john jack johnny jon jonny
jonathan jon jonny nathan
jorge george
jose pepe joseph
joseph joe joey josef sepp jo jupp
josephine josie jo fini
joshua josh
juan john juanito
judith judy jutta
julia jule juliane julie
julian jules
julius jules
jürgen jörg georg
kaspar caspar jasper
kenneth ken kenny
kimberly kim
klaus nikolaus claus nick nicolas
konrad conrad konni
konstantin kostya costa kosta
kristine kristin stina
lars laurentius lorenz
laurence larry laurie lawrence
laura lori laurie
leonard leo len lenny leonhard
leopold leo poldi
lidia lydia
louis lou lewis ludwig luis
louise lou luise lulu
lucas luke lukas luca
lucille lucy lucia luzia
lyudmila ludmila lyuda mila
magdalena magda lena leni
manfred manni fred
manuel manu manolo
marcus marc mark markus marco
margaret maggie meg peggy margie marge greta margarete grete gretl rita margot
maria mary marie mia mitzi maja ria masha mascha
marianne mari nanne
mario marius
martha marty
martin marty marten
martina tina
mathias matthias mats matti matze hias
mathilde tilda hilde
matthew matt matty matteo mateo
maximilian max maxi
megan meg
melanie mel melli
melissa mel lissa missy
michael mike mick mickey michi mischa mikhail misha michal mikael michel miguel
michaela michi ela micha
michelle shelly
mikhail misha michael
mohammed muhammad mohamed mo mohammad mehmet
monika moni monica
nadezhda nadia nadja nadya
nancy nan ann
natalia natalie natasha nat nathalie natascha
nathaniel nate nathan nat
nicholas nick nicky nico nicolas nikolas klaus
nicole nicky nic nikki
nikolai kolya nikolay nikolaus
norbert bert
oleksandr alexander sasha
olga olya helga
oliver ollie olli
oscar oskar
otto otfried
pamela pam
patricia pat patty trish tricia
patrick pat paddy rick
paul pavel pablo paolo pauli
paula pauli paulina
pavel pasha paul
peter pete pit petr pedro piet pjotr
petra peti
philip phil pip philipp filip
philippa pippa
pierre pete
pyotr petya peter
rachel rae
raimund raymond ray
ralf ralph rolf
raphael rafael raf rafi
raymond ray
rebecca becky becca rebekka
regina gina
reinhard reiner hardy
reinhold holdi
renate reni nate
richard rick dick rich richie ricky
robert rob bob bobby robbie bert robin roberto
roderick rod
rodney rod
roland roli
ronald ron ronnie
rosemarie rosi rose
rudolf rudi rolf rudolph
rupert ruprecht robert
ruth ruthie
sabine bine sabina
salvatore toto turi
samuel sam sammy
samantha sam sammy
sarah sara sally
sebastian seb basti bastian wastl
sergei sergey seryozha serge sergio sergej
siegfried sigi siggi
sigrid sigi
silvia sylvia silke
simon si simeon
sofia sophia sophie sonya sonja
stanislav stas slava stanislaw
stephan stefan steffen steven stephen steve stefano esteban
stephanie steffi stefanie steph
susan sue susie suzanne susanne susanna suse sanne
svetlana sveta lana
sven swen
tatiana tanya tanja tatjana
theodor theo ted teddy theodore fyodor fedor
theresa terry tess tessa resi therese teresa
thomas tom tommy thom tomas tomasz
tiffany tiff
timothy tim timmy timo
tobias tobi toby
ulrich uli ulli
ulrike uli ulli rike
ursula uschi ulla ursel uli
valentina valya tina
vanessa nessa
veronica ronnie vroni veronika vera
victor vic viktor
victoria vicky tori viktoria vika
vincent vince vinnie vinzenz
vladimir volodya vova wladimir
vladislav vlad slava wladyslaw
volker volkmar
walter walt wally wolter
waltraud traudl
wilhelm willi willy will helmut bill
wilhelmina mina minnie willa
william bill will billy willy liam guillermo guillaume
wolfgang wolf wolfi
xaver xavier xaverl
yelena elena lena helena
yevgeny eugene zhenya evgeny
yuri yury georg iouri jurij
yvonne vonnie
zachary zach zack
`;

/** Which names may stand for which. */
export class Nicknames {
  readonly #groups = new Map<string, Set<number>>();
  #count = 0;

  constructor(extra: readonly (readonly string[])[] = []) {
    for (const line of GROUPS.trim().split('\n')) this.#add(line.split(' '));
    for (const group of extra) this.#add(group);
  }

  #add(names: readonly string[]): void {
    const group = this.#count++;
    for (const name of names) {
      const key = looseKey(name);
      const groups = this.#groups.get(key) ?? new Set();
      groups.add(group);
      this.#groups.set(key, groups);
    }
  }

  /** Whether two given names, by looseKey, stand in one group. */
  same(a: string, b: string): boolean {
    const of = this.#groups.get(a);
    const other = this.#groups.get(b);
    if (!of || !other) return false;
    for (const group of of) if (other.has(group)) return true;
    return false;
  }

  /** Whether it is a given name that is known, by looseKey. */
  has(name: string): boolean {
    return this.#groups.has(name);
  }

  /** The groups of a name, as blocking keys. */
  groupsOf(name: string): Iterable<number> {
    return this.#groups.get(name) ?? [];
  }
}
