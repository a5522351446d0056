"""What goes wrong in each sector: the thing, and how people say that it fails.

A text that mentions a puskesmas or an ID card does not complain of it. Of a part of a text this
says which sectors it complains of in plain words: a thing of the sector stands in it, and near it
a word by which such a thing fails. A maintainer adds a word to a group; `*` stands for any
letters. `classifier.clauses` asks it whether a text names two problems.
"""

from collections.abc import Sequence

from classifier.pairs import Pairs

_NOT = (
    "tidak tdk tak ga gak gk ngga nggak enggak kagak kaga ora teu ndak belum blm belom durung gada "
    "gaada tanpa pernah"
)

PROBLEMS: dict[str, tuple[str, str]] = {
    "jalan": (
        "jalan* jln jl dalan* dalane trotoar* aspal* jembatan* kretek paving* gang flyover",
        "rusak* bolong* berlubang* lubang* lobang* hancur* ancur remuk ambles* amblas* becek "
        "gelombang* bergelombang jeglong* mengelupas ngelupas putus* patah longsor* galian",
    ),
    "drainase_banjir": (
        "got* selokan* solokan* selokane gorong* drainase* saluran* kali kaline sungai* tanggul* "
        "air banjir* caah rob",
        "mampet* tersumbat buntu dangkal banjir* kebanjiran jebol* retak* meluap luber* tergenang "
        "genangan surut rumah* masuk jalan* hujan ujan parah",
    ),
    "perumahan": (
        "rusun* rusunawa* mck septic septictank wc toilet lift* rtlh rumah* jamban bedah",
        "rusak* bocor* mampet luber* meluber mati roboh* reyot ambruk layak miring gudang*",
    ),
    "bencana_damkar": (
        "api kebakaran pohon* tebing* tanah longsor* ular* angin puting",
        "kebakaran padam tumbang* roboh* longsor* retak* masuk rumah* menimpa nimpa",
    ),
    "ketertiban": (
        "pkl pedagang* lapak* gerobak* preman* karaoke* jukir* pengamen* pengemis* tawuran* balap* "
        "miras hajatan sound warung* kafe cafe tukang bencong gepeng pemuda* tongkrongan",
        "trotoar* liar jualan malak* dipalak minta* maksa* berisik bising brisik mabuk* mabok* "
        "tawuran balap* nutup* ngamen* uang jatah keamanan setoran dangdut remang*",
    ),
    "kesehatan": (
        "puskesmas* rs rsud igd dokter* bidan* perawat* obat* posyandu* fogging dbd ambulans* "
        "vaksin* bpjs nakes poli",
        f"tutup habis abis kosong telat lama ditolak antre* antri* galak jutek {_NOT}",
    ),
    "pendidikan": (
        "sekolah* guru* sd sdn smp smpn sma smk siswa* murid* kelas* spp komite ppdb spmb ijazah* "
        "kepsek beasiswa*",
        "pungut* pungutan* dipungut bayar* iuran rusak* ditahan bully* dibully bolos* kosong "
        f"roboh* ambrol bocor* putus nyatat {_NOT}",
    ),
    "sosial": (
        "bansos* pkh blt bpnt kis dtks dtsen pbi odgj* gelandangan* pengemis* sembako jadup",
        f"dicoret* nonaktif* dinonaktif* dipotong* sasaran tidur* ngamuk* telantar* {_NOT}",
    ),
    "ketenagakerjaan": (
        "gaji* upah* thr lembur* phk pesangon bos* majikan* buruh* pabrik loker lowongan",
        f"dibayar* nunggak telat dipotong* ditahan* umk umr dipecat dirumahkan {_NOT}",
    ),
    "perempuan_anak": (
        "suami* istri* anak* bapak* ayah* ibu* perempuan* pacar* bojo* salaki*",
        "*pukul* mukul* kdrt kekerasan* dicabul* cabul* *perkosa* dilecehkan* pelecehan* digebuk* "
        "dikurung* ditelantarkan*",
    ),
    "kebersihan_lingkungan": (
        "sampah* tps limbah* pohon* asap* asep* kotoran* bau polusi* taman* uwuh runtah busa",
        "numpuk* menumpuk* diangkut* dijupuk diambil bau* ambune buang* dibuang* berserakan lapuk* "
        "dipangkas* bakar* dibakar* pembakaran cemar* mencemari tercemar sesak* sesek* menyengat "
        "nyengat kali sungai* ikan keruh",
    ),
    "kependudukan": (
        "ktp* kk akta* kia ikd adminduk ektp",
        f"salah hilang ditolak* dipersulit* lama blangko {_NOT}",
    ),
    "desa": (
        "kades* desa* perangkat* bumdes* blt bltdd",
        "korup* potong* dipotong* transparan fiktif disunat nyunat dikorup* digelapkan laporan",
    ),
    "perhubungan": (
        "lampu* pju traffic bangjo parkir* angkot* bus bis busnya rambu* marka halte* truk* macet* "
        "zebra lalin lalu",
        "mati padam* gelap pareum peteng liar sembarang* ngetem telat macet* kemacetan semrawut "
        "ugal* rusak* hilang ilang ngebut badan bahu trotoar parah",
    ),
    "kominfo": (
        "aplikasi* web website* wifi situs server* cctv call callcenter hotline",
        f"error* lemot lelet down mati gagal muter* lambat login diangkat {_NOT}",
    ),
    "perdagangan_umkm": (
        "pasar* gas melon lpg elpiji beras minyak cabai cabe telur harga* lapak* kios* los "
        "koperasi*",
        "naik* mahal* langka kosong bocor* becek kebakar* oplos* dioplos timbangan sepi ambruk",
    ),
    "perizinan": (
        "izin* ijin* pbg imb oss nib reklame* baliho* tower* ruko* bangunan* minimarket*",
        f"ilegal liar dibangun ditolak* nyangkut* bodong {_NOT}",
    ),
    "pariwisata_olahraga": (
        "lapangan* wisata* gor stadion* kolam museum alun alun2",
        f"rusak* kotor* pungli mahal terbengkalai* mangkrak gelap diurus* kumuh {_NOT}",
    ),
    "pertanian": (
        "pupuk* irigasi sawah* benih* bibit* hama tani petani* ternak* sapi* kambing* nelayan* "
        "panen*",
        "langka kering* kekeringan mahal* gagal mati wereng tikus telat susah habis kebanjiran "
        "anjlok*",
    ),
    "pajak_aset": (
        "pbb pajak* retribusi* karcis* aset*",
        "naik* dobel mahal* salah tagihan* nunggak liar terbengkalai mangkrak",
    ),
    "pemerintahan": (
        "petugas* pegawai* lurah* camat* loket* oknum* pejabat* staf* asn pns kelurahan kecamatan",
        "minta* pungli uang duit rokok bentak* dibentak* galak* jutek* judes* main tidur* telat "
        "dipersulit* pelicin amplop lempar* dipingpong",
    ),
    "air_bersih": (
        "air airnya pdam pam kran keran ledeng perumda",
        "mati* keruh* kecil macet bau kuning lumpur berlumpur ngalir mengalir netes bocor* "
        f"tagihan* nyala {_NOT}",
    ),
    "listrik": (
        "listrik* pln token* kabel* gardu* trafo* tiang* meteran*",
        "mati* padam* pemadaman byarpet* jeglek anjlok putus* njuntai* menjuntai* konslet* rendah "
        "miring meledak* nyala* meledug turun naik",
    ),
}
"""Sector to its things and how they fail."""

_SECTORS = tuple(PROBLEMS)
_PAIRS = Pairs(PROBLEMS.values())


def problems(words: Sequence[str]) -> frozenset[str]:
    """Return the sectors of which the words of a part complain."""
    return frozenset(_SECTORS[found.number] for found in _PAIRS.find(words))
