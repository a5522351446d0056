"""Situations of danger: who or what, and what happens to it, said within a few words.

Each situation is a pair of groups of words (`classifier.pairs`). A maintainer adds a word to a
group, or a situation; what comes of it stands in `classifier.urgency`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.pairs import Pairs

PEOPLE = (
    "anak* bocah* bayi* balita* orok cucu* ponakan* keponakan* budak barudak arek* cah siswa* "
    "siswi* murid* remaja ibu* emak* mak bunda bapak* bpk ayah* bokap* nyokap* istri* bini* suami* "
    "bojo* adik* adek* kakak* nenek* kakek* mbah* simbah* engkong* aki lansia jompo ortu mertua* "
    "orang* org* wong jalma jelema warga* penghuni* penumpang* pengendara* pemotor* pejalan "
    "karyawan* buruh* pekerja* tukang* teman* temen* tetangga* pasien* korban* santri* mahasiswa* "
    "mahasiswi* pegawai* kuli* sopir* supir* petani* nelayan* guru* pembantu"
)
CHILDREN = (
    "anak* bocah* bayi* balita* orok cucu* ponakan* keponakan* budak barudak arek* cah lare "
    "siswa* siswi* murid* putri* gadis"
)


class Situation(NamedTuple):
    """Two groups of words, separated by blanks."""

    first: str
    second: str
    grave: bool = False
    """Who writes of it writes while it happens, also without saying so."""


class Seen(NamedTuple):
    """A situation that stands in a text."""

    words: str
    """One word of each group, as they stand there."""
    grave: bool


SITUATIONS = (
    # current and fire
    Situation(
        "kabel* trafo* travo* gardu* tiang* stopkontak saklar",
        "putus* pedot* pegat* nyetrum* *setrum* *percik* *ledak* meledug meleduk korslet* konslet* "
        "*kelupas* telanjang leher kepala genangan api geni seuneu asap* asep* kebakar* terbakar",
    ),
    Situation(
        "api apinya geni genine seuneu seuneuna bara kobaran",
        "*rembet* *samber *sambar membesar gede* gedhe besar berkobar kobar nyala menyala murub "
        "rumah* omah* imah* gudang* atap* kontrakan* kios* lapak* angin* merah padam",
        grave=True,
    ),
    Situation(
        "rumah* omah* imah* gudang* kios* pasar* warung* kontrakan* kost* kos bengkel* toko* "
        "lapak* pabrik* semak* hutan*",
        "kebakaran kebakar terbakar kobong* kahuruan",
    ),
    Situation(
        "asap* asep* haseup kebul",
        "item hitam ireng hideung gudang* kebakaran rumah* pingsan* ngungsi mengungsi",
    ),
    Situation(
        "gas amonia* amoniak klorin bensin solar tabung* lpg elpiji drum* cairan*",
        "bocor* meledak* ledak* meleduk ngowos disulut pingsan* muntah* perih pedih sesak* sesek*",
    ),
    # water and ground
    Situation(
        "air airnya aer banjir* banyu* cai caina caah genangan ketinggian",
        "sepinggang sapinggang sakpinggang sepaha sapaha sedada sadada sakdodo seleher sebahu "
        "saluhureun atap lantai plafon perahu*",
    ),
    Situation(
        "air airnya aer banjir* banyu* cai caina caah arus*",
        "lumpuh stroke bayi* balita* lansia jompo nenek* simbah* hamil hanyut* terseret* kebawa",
    ),
    Situation(
        "tebing* lereng* tanggul* talud* gawir bukit* lemah taneuh tanah turap bronjong* senderan "
        "plengsengan",
        "retak* rekah* merekah* gerowong *rembes* *gerak* *gerus* beulah jebol* ambrol* urug "
        "longsor* katut gremet",
    ),
    # what gives way over or under people
    Situation(
        "jembatan* jembatane sasak rawayan titian sling* kretek papan* papane",
        "putus* pedot* copot* ilang hilang keropos kropos lapuk ambles amblas ambrol* patah "
        "*jeblos* gelantung* bergelantungan goyang*",
    ),
    Situation(
        "atap* plafon* dinding* tembok* langit* genteng gedung* bangunan* menara tower kanopi",
        "runtuh* rubuh* roboh* ambruk* ambrol* nimpa* menimpa* *timpa* ketiban miring melengkung "
        "doyong condong mbrodol",
    ),
    Situation(
        "pohon* wit tangkal beringin baliho* reklame* papan",
        "nimpa* menimpa* tertimpa ketimpa ketiban nimpuk kejepit terjepit ketindih* tertindih*",
    ),
    # roads and rails
    Situation(
        "kereta kreta sepur perlintasan lintasan krl rel",
        "palang* plang sirine* sirene* nyelonong nyaris hampir ampir kesamber tersambar ketabrak "
        "tertabrak",
        grave=True,
    ),
    Situation(
        "bus bis busnya angkot* truk* truck* kapal* perahu* mobil* motor* lift",
        "blong terguling kebalik terbalik kewalik nyungsep jurang karam tenggelam kejebak terjebak "
        "ketindih* tertindih*",
    ),
    Situation(
        "motor* pemotor pengendara* orang org wong",
        "jatuh jatoh tiba nyungsep njungkel njungkir ragrag ceblok terpelanting terpental",
    ),
    Situation(
        "tabrakan nabrak kecelakaan laka kacilakaan",
        "barusan tadi pagi malam malem dua tiga 2 3 4 5 beruntun korban",
    ),
    Situation(
        "motor* pemotor pengendara* orang org anak* ibu* bapak* bocah* siswa* penumpang*",
        "berdarah* bersimbah patah dijahit jahitan gegar *lindas kelindes tergeletak terkapar "
        "tewas",
    ),
    # people who cannot get out, are ill or in want
    Situation(
        PEOPLE,
        "*jepit* *jebak kecebur* tercebur* kacebur nyemplung* *cemplung tenggelam hanyut* palid "
        "*timbun* *kubur terkunci kekunci *giling* terperosok kejeblos katinggang",
    ),
    Situation(
        PEOPLE,
        "pingsan* semaput kapiuhan kejang* kritis koma sekarat sesak* sesek* megap* membiru biru "
        "pendarahan* perdarahan* kelojotan muntah* mutah* muntaber keracunan* belatung* belatungan "
        "tergeletak terkapar",
    ),
    Situation(
        "sumur* septictank",
        "jatuh jatoh tiba ragrag kecebur* tercebur* nyemplung* *cemplung lemas lemes menyahut",
    ),
    Situation(
        "damkar pemadam ambulan* sar rescue perahu*",
        "sibuk diangkat nyambung nyampe dateng datang teko ndang buruan cepet* cepat* kirim* "
        "ngirim* butuh mrene ditelpon",
        grave=True,
    ),
    Situation(
        "ambulan* igd ugd rs rsud rumkit puskesmas bidan* icu nicu picu rujukan bed dokter* klinik",
        "ditolak* sesak* sesek* kejang* pendarahan* perdarahan* melahirkan ngalahirkeun brojol "
        "ketuban kritis gawat sekarat saturasi napas nafas pingsan* serum antibisa",
    ),
    Situation(
        "darah hemodialisa hemodialisis hd insulin kemo kemoterapi oksigen ventilator inkubator",
        "nonaktif non diblokir dinonaktifkan ditolak* habis abis tinggal kelewat tertunda mati "
        "padam",
    ),
    Situation(
        "dbd db demam difteri campak rabies leptospirosis",
        "meninggal* sedo ninggal icu kritis koma tewas wafat maot",
    ),
    Situation("lift*", "macet kejebak terjebak berhenti"),
    Situation("kepala*", "bocor berdarah benturan benjol pecah"),
    Situation("dada dadanya", "sakit nyeri sesak* sesek* ampeg dingin"),
    Situation(
        "ular* uler* ulo ula oray sanca kobra buaya* anjing* asu monyet* tawon* tawonnya lebah",
        "masuk* mlebu asup kamar* plafon* dapur* *gigit* *sengat* nyerang* menyerang* diserang "
        "nyakar* *cakar rabies *sarang* kesengat tersengat bengkak serum bayi* anak*",
    ),
    # violence
    Situation(
        "suami* bojo* bojone salaki* laki* lakinya bapak* bapaknya bpk ayah* papa* ibu tiri pacar* "
        "cowok* mantan* majikan* tetangga* om paman guru* pelatih* senior* preman* satpam mandor "
        "gerombolan pemabuk",
        "*pukul* mukul* *gebuk* *gebug* *hajar* nabok* *tampar* *tendang* nendang* *siksa* "
        "*aniaya* *sekap* nyekap* *kurung* nyabet* *bentur* banting* dibanting *cekik* nyekik* "
        "*sundut* *antem* *jotos* *bacok* *tonjok* nonjok* *jambak* *seret *cabul* *perkosa* "
        "*lecehkan grepe* *gerepe*",
    ),
    Situation(
        CHILDREN,
        "dikurung* dikunci* digembok* disekap* nyekap disundut* dirantai* dipasung* dipukul* "
        "digebuk* disiksa* dianiaya* lebam* memar* dicabul* dibuang* dijual diculik* ditelantar* "
        "diikat* diiket* ditaleni kelaparan disiram* diperkosa* dihajar* dilempar*",
    ),
    Situation(
        "suami* bojo* istri* bini* tetangga* cowok* pacar* anak*",
        "kdrt lebam* memar* bonyok babak benjut digampar* gampar* gamparan",
    ),
    Situation(
        "kabur minggat ngumpet* sembunyi nyumput ndelik mengungsi ngungsi",
        "suami* bojo* salaki* bapak* mantan* pacar* majikan* warga* api banjir* istri* golok "
        "parang",
    ),
    Situation(
        CHILDREN + " nenek* kakek* lansia simbah* mbah*",
        "sendirian dewekan nyorangan ditinggal* menggigil terlantar kelaparan",
    ),
    Situation(
        "bayi* orok",
        "kardus kantong* kresek dibuang* dibungkus semak ditemukan nemu menggigil bernapas",
        grave=True,
    ),
    Situation(
        "kakek* nenek* lansia simbah* tetangga* penghuni* sebatang",
        "bau busuk didobrak* dibuka",
    ),
    Situation(
        "odgj* orgil gila gangguan* mabuk mabok pemabuk preman* geng gerombolan pemuda* remaja* "
        "barudak bocah* orang org tawuran konvoi",
        "parang golok celurit clurit pisau* bedog arit kapak samurai sajam senjata* busur gir "
        "ngamuk* mengamuk* melukai* nyerang* menyerang* bacok* dibacok*",
        grave=True,
    ),
    Situation(
        "bawa* mbawa* nggowo ngowo gawa mawa mbeta megang* pegang* ngacung* mengacung* ngejar* "
        "kejar* nembak* menembak* nyerang* menyerang*",
        "parang golok celurit clurit pisau* bedog arit kapak linggis lading samurai sajam senjata* "
        "busur gir pistol airsoft senapan* balok gergaji pentungan molotov",
        grave=True,
    ),
    Situation(
        "ngancem* mengancam* ngancam* ancam ancaman",
        "bakar mbakar bunuh mbunuh bacok mateni ledak* lompat loncat mati",
    ),
    Situation("gedor* dobrak* ndobrak* maksa", "rumah* pintu* kamar* omah* imah*"),
    Situation(
        "mess majikan* agen* penampungan yayasan bos* mandor* tki tkw pmi kamboja",
        "digembok* dikunci* disekap* dikurung* paspor* dirampas* tebusan disiksa* ditahan*",
    ),
    Situation(
        "teriak* jerit* njerit* nangis* tangis* menangis",
        "minta tolong ampun digembok* dikunci* gedor* *pukul* benturan tetangga sebelah melemah "
        "pelan lemah",
    ),
    Situation(
        "nyayat* nyilet* ngiris* menyayat* sayat* silet*",
        "tangan* nadi* lengan pergelangan urat",
        grave=True,
    ),
    Situation(
        "obat* pil racun baygon silet* cutter tali pamit* pager pagar rooftop flyover jembatan*",
        "segenggam sepapan nelen* nelan* menelan* ditelan* pamit* nekat* nekad* loncat* lompat* "
        "meloncat melompat terjun* mbunuh bunuh gantung pesan status nyilet* nyayat*",
        grave=True,
    ),
)
"""In the order of the headings: what is shown for a text is the first that is found."""

_PAIRS = Pairs((one.first, one.second) for one in SITUATIONS)


def situations(words: Sequence[str]) -> list[Seen]:
    """Return the situations in the words of a text, in the order of the list."""
    return [Seen(found.words, SITUATIONS[found.number].grave) for found in _PAIRS.find(words)]
