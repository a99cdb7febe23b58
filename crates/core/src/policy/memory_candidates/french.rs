//! French: what people say when they speak of themselves. Words are folded: no accents, no apostrophes.

use super::{grammar::Tables, kind::Kind};

pub(super) const TABLES: Tables = Tables {
    sets: SETS,
    joints: &["et", "mais", "car", "que", "puisque", "donc", "alors", "comme", "or"],
    leads: LEADS,
    remember: REMEMBER,
    not_meant: NOT_MEANT,
    requests: REQUESTS,
    not_lasting: NOT_LASTING,
    statements: STATEMENTS,
};

/// Named sets, used as `@name`: one name, then its words.
const SETS: &[(&str, &str)] = &[
    (
        "adv",
        "vraiment beaucoup bien aussi toujours encore surtout enormement trop tellement particulierement \
         absolument actuellement maintenant plutot assez tres souvent deja plus franchement egalement desormais \
         juste depuis recemment toutes tous deux",
    ),
    ("aime", "aime adore prefere deteste apprecie hais raffole kiffe affectionne adorais aimais detestais preferais"),
    (
        "famille",
        "mere maman pere papa parents soeur soeurs frere freres fils fille filles enfant enfants bebe femme mari \
         epouse epoux conjoint conjointe compagnon compagne fiance fiancee copain copine mamie papi papy oncle \
         tante cousin cousine cousins cousines niece neveu nieces neveux jumeau jumelle jumeaux jumelles famille \
         gendre marraine parrain filleul filleule ex cherie gamins",
    ),
    (
        "personne",
        "ami amie amis amies colocataire coloc voisin voisine chef patron patronne collegue medecin dentiste prof \
         professeur proprietaire psy coach responsable",
    ),
    (
        "animal",
        "chien chiens chienne chat chats chatte chiot chaton chatons lapin lapins hamster perroquet cheval chevaux \
         poisson tortue oiseau perruche animal animaux serpent furet poney poules cochon inde canari",
    ),
    ("logis", "maison appartement appart studio logement ferme chalet chambre adresse quartier village immeuble"),
    (
        "emploi",
        "travail boulot emploi entreprise societe boutique magasin restaurant atelier bureau equipe metier poste \
         stage cabinet boite job employeur salon galerie",
    ),
    (
        "metier",
        "medecin infirmier infirmiere professeur prof enseignant enseignante avocat avocate ingenieur ingenieure \
         etudiant etudiante retraite retraitee developpeur developpeuse informaticien informaticienne boulanger \
         boulangere cuisinier cuisiniere musicien musicienne comptable architecte journaliste graphiste traducteur \
         traductrice artiste peintre pompier policier policiere vendeur vendeuse serveur serveuse facteur factrice \
         fleuriste photographe kine kinesitherapeute pharmacien pharmacienne dentiste veterinaire coiffeur \
         coiffeuse chauffeur menuisier plombier electricien agriculteur agricultrice psychologue instituteur \
         institutrice chercheur chercheuse freelance independant independante chomage bibliothecaire lyceen \
         lyceenne apprenti apprentie sage",
    ),
    (
        "etat",
        "marie mariee maries celibataire divorce divorcee separe separee veuf veuve pacse pacsee pacses fiance \
         fiancee bilingue trilingue francais francaise belge suisse quebecois quebecoise canadien canadienne \
         italien italienne espagnol espagnole allemand allemande anglais anglaise marocain marocaine algerien \
         algerienne tunisien tunisienne portugais portugaise senegalais senegalaise breton bretonne adopte adoptee \
         catholique musulman musulmane juif juive athee",
    ),
    (
        "sante",
        "allergique diabetique asthmatique epileptique intolerant intolerante coeliaque daltonien daltonienne \
         sourd sourde dyslexique autiste enceinte vegetarien vegetarienne vegetariens vegan vegane vegetalien \
         vegetalienne gaucher gauchere droitier droitiere claustrophobe hypertendu hypertendue myope migraineux \
         migraineuse",
    ),
    (
        "maladie",
        "allergie allergies asthme diabete eczema migraine migraines epilepsie arthrose insomnie insomnies \
         hypertension intolerance autisme acouphenes pacemaker depression cancer dyslexie psoriasis endometriose \
         vertige tda tdah cholesterol",
    ),
    (
        "chose",
        "voiture velo moto jardin bateau telephone ordinateur piano guitare violon camion scooter tatouage \
         tatouages potager caravane montre collection appareil trottinette batterie camionnette tente permis",
    ),
    (
        "detail",
        "adresse email mail telephone numero taille poids pointure age signe nationalite religion groupe plaque \
         code pseudo cheveux yeux langue voiture mot identifiant tension",
    ),
    (
        "evenement",
        "rendez rdv entretien examen examens mariage vol operation concert conference voyage vacances fete \
         ceremonie marathon course exposition reunion competition tournoi presentation demenagement audition \
         spectacle train diner cours contrat bail visa passeport abonnement soutenance concours bac avion controle \
         permis formation stage dentiste",
    ),
    ("mois", "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"),
    ("jour", "lundi mardi mercredi jeudi vendredi samedi dimanche noel paques"),
    ("quand", "demain prochain prochaine prochains prochaines weekend"),
    (
        "verbe",
        "est sont a ont s etait etaient avait vit vivent habite habitent travaille travaillent aime aiment adore \
         adorent deteste detestent prefere preferent joue jouent va vont etudie parle parlent fait font fete vient \
         viennent tient possede apprend ne n collectionne conduit mange se m porte appelle enseigne mesure",
    ),
    (
        "passager",
        "la ici arrive arrivee fatigue fatiguee content contente contents fier fiere tres trop si tellement bien \
         super genial geniale en pas occupe occupee retard parti partie rentre rentree contre d ravi ravie ravis",
    ),
    (
        "activite",
        "velo yoga danse natation course judo karate musique theatre sport escalade tennis foot football piano \
         guitare violon randonnee poterie couture ski surf voile cheval equitation chant photo musculation basket \
         rugby benevolat jardinage boxe pilates escrime peinture gym",
    ),
    (
        "habitude",
        "mange bois vais cours dors lis prends cuisine nage regarde ecoute leve couche travaille joue fume marche \
         pars fais me roule dine dejeune",
    ),
];

const LEADS: &[&str] = &[
    "au fait|total",
    "en fait|general|plus|ce_moment|resume|effet|realite",
    "d ailleurs|habitude|origine",
    "pour info|information|ma_part|etre_honnete|moi|precision",
    "bref|franchement|personnellement|perso|actuellement|malheureusement|heureusement|honnetement|aujourd_hui|hier|desormais|figure_toi_que",
    "moi aussi?",
    "de mon cote",
    "quant a moi",
    "sache|sachez|note|notez que|qu",
    "il faut que tu saches que|qu",
    "il faut savoir que|qu",
    "tu dois savoir que|qu",
    "je te|vous? precise|signale|dis|previens|rappelle|informe que|qu",
    "je dois|voulais|veux|tiens a? te|vous? dire|preciser|avouer|signaler que|qu",
    "j ai oublie de te? dire|preciser que|qu",
    "en|depuis|vers|jusqu # ans|mois|jours|semaines?",
    "depuis|pendant * ans|mois|semaines",
    "depuis peu|longtemps|toujours|l_enfance|ma_naissance",
    "il y a # ans|mois|semaines|jours",
    "il y a * ans|mois|semaines|jours",
    "l an|annee|ete|hiver dernier|derniere|prochain|prochaine|passe|passee",
    "le mois|week_end dernier|prochain|passe",
    "la semaine derniere|prochaine|passee",
    "cette|cet|ce annee|semaine|ete|hiver|automne|printemps|mois",
    "tous|toutes les matins|jours|soirs|semaines|ans|etes|hivers|week_ends|lundis|mardis|mercredis|jeudis|vendredis|samedis|\
     dimanches",
    "chaque matin|jour|soir|semaine|annee|ete|hiver|@jour|mois",
    "le @jour|soir|matin|weekend|week_end",
    "quand j etais petit|petite|jeune|enfant|ado",
];

const REMEMBER: &[&str] = &[
    "souviens|souvenez|rappelle|rappelez toi|vous bien|donc? que|qu",
    "souviens|rappelle toi de|du",
    "retiens|retenez|memorise|memorisez|note|notez|enregistre|sache bien|donc|s? il? te|vous? plait? que|qu",
    "retiens|memorise|note|retenez|notez bien? ceci|mon|ma|mes|cela|ca",
    "n oublie|oubliez pas|jamais surtout? que|qu",
    "n oublie|oubliez pas|jamais mon|ma|mes",
    "oublie pas que|qu",
    "garde|gardez en|a tete|memoire|l esprit? que|qu",
    "peux|pourrais tu te|t|vous? souvenir|rappeler|retenir|noter|memoriser que|qu",
    "tu peux|pourrais te? souvenir|rappeler|retenir|noter|memoriser que|qu",
    "pouvez|pourriez vous retenir|noter|memoriser que|qu",
    "je veux|voudrais que tu retiennes|saches|notes que|qu",
    "pour memoire",
    "a noter|retenir",
];

const NOT_MEANT: &[&str] = &[
    "si j|je|tu|on|nous|jamais|un|mon|ma|mes|c|le|la|les",
    "imagine|imaginez|imaginons|suppose|supposons|supposez|admettons|disons|mettons|pretends",
    "traduis|traduisez|repete|repetez|reformule|corrige|corrigez|conjugue|dis|ecris|redige|redigez|complete|transcris|ecrivez \
     moi? cette|ce|la|le|en|un|une|a|au|que|qu|je|j|mon|ma|phrase|texte|ceci|ca",
    "comment dit|dis|traduit|ecrit on|tu",
    "peux|pourrais tu me|m? traduire|repeter|reformuler|corriger|conjuguer|ecrire|rediger",
    "tu peux|pourrais me|m? traduire|repeter|reformuler|corriger|conjuguer|ecrire|rediger",
    "il|elle|ils|elles|on|tout_le_monde|^ m? a|ont? dit|disent|pense|pensent|croit|croient|demande|ecrit|repondu|trouve|trouvent que|qu|j|je|$",
    "mon|ma|mes * m? a|ont? dit|disent|pense|pensent|croit|croient|trouve|trouvent que|qu",
    "j aimerais|voudrais|pourrais|serais|aurais",
    "je voudrais|pourrais|serais|souhaiterais|prefererais|devrais",
    "la|le|cette|ce phrase|texte|citation|paroles|titre|mot|chanson",
    "ce n est pas que",
    "on dirait|croirait",
];

const REQUESTS: &[&str] = &[
    "peux|pourrais|veux|voudrais|vas tu",
    "tu peux|pourrais|veux|dois|devrais",
    "pouvez|pourriez|voulez vous",
    "je veux|voudrais|souhaite que tu|vous",
];

const NOT_LASTING: &[&str] = &[
    "j|je @adv? @aime @adv? ca|cela|ceci|ton|ta|tes|votre|vos|celui|celle|ceux|autant|te|vous|l_idee|cette|cet|ces|tout_ca|quand_tu",
    "j|je t|vous|l|les|le|la @aime",
    "j|je @aime @adv? ce que|qu|premier",
    "j|je @aime @adv? le|la|l premier|premiere|deuxieme|second|seconde|troisieme|dernier|derniere|autre|idee|nouvelle|nouveau",
    "j|je @aime @adv? $",
    "je n|ne @aime pas @adv? ca|cela|ceci|ton|ta|tes|l_idee|cette|cet|ces|te|vous",
    "je suis un|une peu|fois|imbecile|idiot|idiote|loque|boulet",
    "j ai peur que|de_ne|d_avoir|de_m",
    "j ai un|une|des|quelques|plusieurs|d|autre|autres|encore .. question|questions|probleme|problemes|idee|idees|souci|soucis|\
     doute|bug|erreur|demande|service|texte|fichier|message|liste|truc|rhume|minute|exercice",
    "j ai mal|faim|soif|froid|chaud|sommeil|hate|envie|besoin|tort|raison",
    "je vis ca|bien|mal|un|une",
    "je parle de|d|a|au|avec|trop|pas|bien? de",
    "je joue a ca",
    "je viens juste|tout_juste|de_finir|de_voir|de_lire|de_manger",
    "mon|ma|mes|notre|nos @famille|@personne|@animal est|sont|a|ont|etait @passager",
    "mon|ma|mes|notre|nos @famille|@personne|@animal et moi",
    "mon|ma|mes @chose|@detail est|sont en|tombe|tombee|casse|cassee|lent|lente|trop|tres|pas|plein|pleine|mort|morte",
    "je ne mange|bois pas|plus .. maintenant|aujourd|ce|ca",
    "je n ai pas|plus de|d|le|la|l|mon|ma? temps|idee|compris|envie|faim|reponse|cle|cles",
];

const STATEMENTS: &[(Kind, &[&str])] = &[
    (
        Kind::Name,
        &[
            "je|j m appelle|appelais|nomme",
            "je me nomme|prenomme",
            "mon|ma|mes nom|prenom|surnom|pseudo|pronoms .. est|sont",
            "appelle|appelez|nomme moi ^",
            "tu|vous peux|pouvez|pourras m appeler",
            "on|tout_le_monde|mes_amis|ma_famille|mes_collegues|mes_parents m|me appelle|appellent|surnomme|surnomment",
            "moi c est ^",
            "je suis ^ $",
            "je suis ^ ^ $",
        ],
    ),
    (
        Kind::Health,
        &[
            "je|j|nous|on suis|etais|ai|sommes|est .. @sante",
            "j|je|on|nous ai|a|avons|souffre|fais|souffrons .. @maladie",
            "je souffre",
            "mon|ma|mes|notre|nos *? @famille|@animal|@personne est|sont|a|ont .. @sante|@maladie",
            "je suis .. sous traitement|antibiotiques|insuline|anticoagulants",
            "je prends .. medicament|medicaments|insuline|comprime|comprimes|traitement",
            "on m a diagnostique",
            "mon|ma|mes .. groupe_sanguin|allergie|allergies|traitement|tension|regime *? est|sont",
            "je|nous|on ne? digere|tolere|supporte pas|mal @adv? le_lactose|le_gluten|le_lait|l_alcool|l_aspirine|la_penicilline|le_soleil",
            "je|nous|on ne? mange|mangeons|bois|buvons|fume|consomme .. pas|jamais|plus|ni",
            "j mange|bois pas|jamais|plus",
            "j ai arrete|cesse de|l|la|le fumer|boire|alcool|cigarette|tabac",
            "je|j porte|ai des|un lunettes|lentilles|verres|appareil",
            "je me suis casse|fracture|foule|fait le|la|l|operer|mal",
            "j ai ete opere|operee",
            "je suis a_mobilite|au_regime|en_fauteuil|en_arret",
            "je ne peux pas|jamais|plus manger|boire",
        ],
    ),
    (
        Kind::Birthday,
        &[
            "mon|ma|notre|nos .. anniversaire .. est|tombe|sera|c",
            "l anniversaire de|du mon|ma|mes|notre .. est|tombe",
            "je suis ne|nee le|en",
            "nous|on nous|s sommes|est maries|marie|rencontres|rencontre .. @mois|#|le",
            "mon|ma|notre .. @famille|@animal|@personne est ne|nee|mort|morte|decede|decedee",
            "j|je aurai|vais_avoir|fete|vais_feter # ans .. @mois|le|en|@jour|@quand|dans",
        ],
    ),
    (
        Kind::Family,
        &[
            "mon|ma|mes|notre|nos .. @famille|@animal|@personne @verbe",
            "mon|ma|mes|notre|nos .. @famille|@animal|@personne .. @verbe",
            "mon|ma|mes|notre|nos *? @famille|@animal|@personne ^",
            "mon|ma|mes grand|grands|belle|beau|demi|petit|petite|meilleur|meilleure|arriere .. @verbe",
            "j|nous|on ai|avons|a adopte|recueilli|toujours_eu un|une|deux|trois|des *",
            "j|nous|on ai|avons|a|avais|avions @adv? un|une|deux|trois|quatre|cinq|six|#|des|plusieurs .. @famille|@animal",
            "je|on|nous n ai|a|avons pas|ni|plus d|de *? @famille|@animal",
            "j|je|on n? ai|a pas d|de @famille|@animal",
            "je|j suis|etais le|la|l|un|une|grand|jeune? .. pere|mere|papa|maman|oncle|tante|aine|ainee|cadet|cadette|benjamin|benjamine|jumeau|jumelle|\
         unique|grand|marraine|parrain",
            "je|nous|on suis|sommes|est @adv? @etat",
            "je|nous|on me|nous|se|s suis|sommes|est? marie|mariee|maries|marions|fiance|fiancee|fiances|pacse|pacsee|pacses",
            "je suis fils|fille unique",
            "je|nous|on vis|vivons|vit|suis|sors en_couple|avec_ma|avec_mon|avec_mes|avec_un|avec_une",
            "j|je|nous|on attends|attendons|attend un|une|des bebe|enfant|jumeaux|petite|petit",
            ".. est|sont mon|ma|mes|notre *? @famille|@animal|@personne $",
            ".. s appelle|appellent ^",
            "j ai perdu mon|ma @famille|@animal",
        ],
    ),
    (
        Kind::Home,
        &[
            "j|nous|on @adv? habite|habitons|habitais|loge|logeons|reside|residons *",
            "je|j|nous|on @adv? vis|vit|vivons|vivais|reside|loge|ai_vecu|ai_habite|avons_vecu|avons_habite|a_vecu|a_habite @adv? a|\
         en|au|aux|dans|pres|avec|chez|seul|seule|ici|sur|la",
            "je|nous|on viens|vient|venons de|du|d|des|l ^",
            "je|nous|on suis|sommes|est @adv? originaire|originaires|base|basee|installe|installee|installes *",
            "je|j suis|ai ne|nee|grandi a|en|au|dans|pres|chez|sur",
            "j|nous|on ai|avons|a @adv? achete|quitte|loue|vendu un|une|mon|ma|notre|le|la|l .. @logis",
            "je|nous|on viens|vient|venons|vais|va|allons de|d? demenager|emmenager|acheter .. a|en|au|dans|pour|@logis|$",
            "j|nous|on ai|avons|a @adv? demenage|emmenage",
            "je|nous|on me|nous|se? demenage|demenageons|emmenage|emmenageons|installe|installons *",
            "mon|ma|notre|nos .. @logis .. est|se|a|fait",
            "j|je|nous|on loue|louons|possede|ai|avons|a|partage un|une|mon|ma|notre .. @logis",
        ],
    ),
    (
        Kind::Work,
        &[
            "je|nous|on @adv? travaille|travaillons|bosse|travaillais|enseigne|bossais|etudie @adv? chez|comme|dans|en|a|au|aux|pour|de|\
         depuis|l|la|le|les|d|avec",
            "j @adv? enseigne|etudie|etudiais *",
            "j ai @adv? travaille|enseigne|etudie|bosse chez|comme|a|au|aux|dans|en|pour|la|le|l",
            "j ai @adv? monte|cree|ouvert|fonde|lance|decroche|trouve|quitte|perdu|commence|change un|une|mon|ma|de? .. @emploi",
            "j ai demissionne",
            "je|j suis|etais|deviens|travaille .. @metier",
            "je suis|travaille a|au|en|de .. retraite|chomage|fac|universite|lycee|college|alternance|stage|licence|master|these|\
         temps|nuit",
            "mon|ma|mes|notre .. @emploi *? *? est|consiste|a|commence|se|s|sont",
            "je dirige|gere|tiens|vends|fabrique un|une|mon|ma|des *",
            "j ai un|une|mon|le .. diplome|doctorat|master|bac|licence|cap|bts|permis",
            "je suis diplome|diplomee",
            "je fais|prepare|finis|termine des|mes|un|une|ma|mon etudes|doctorat|these|master|licence|alternance|apprentissage|stage|\
         formation",
            "je suis en premiere|deuxieme|troisieme|quatrieme|terminale|seconde",
        ],
    ),
    (
        Kind::Appointment,
        &[
            "j|nous|on ai|avons|a rendez|rdv .. @jour|@mois|@quand|#",
            "j|nous|on ai|avons|a .. @evenement .. @jour|@mois|@quand|#",
            "mon|ma|mes|notre|nos .. @evenement .. est|aura|tombe|commence|part|decolle|expire|finit|se|sont .. @jour|@mois|@quand|#",
            "je|nous|on me|nous|se marie|marions .. @jour|@mois|@quand|#|le",
            "je|nous|on|j pars|partons|part|vais|allons|va|rentre|rentrons|commence|commencons|passe|prends|arrive|demenage|demenageons|\
         serai|serons|reviens|visite|cours|recois|recevons|dois .. @jour|@mois|@quand",
            "je|j|nous|on .. le # @mois",
            "mes|mon|ma .. @famille|@personne vient|viennent|arrive|arrivent|passe .. @jour|@mois|@quand",
        ],
    ),
    (
        Kind::Favourite,
        &[
            "mon|ma|mes|notre|nos .. prefere|preferee|preferes|preferees|favori|favorite|favoris",
            ".. est|sont|c_est mon|ma|mes|le_mien .. prefere|preferee|preferes|preferees|favori|favorite|passion|passe",
            "j|je @adv? adore|deteste|hais|raffole|adorais|detestais *",
            "j ai horreur|une_passion|la_phobie|peur|tres_peur|le_vertige de|du|des|pour|d|$",
            "je|j ne? supporte pas|plus",
            "je suis .. passionne|passionnee|fan|accro|fou|folle|dingue|adepte|gourmand|gourmande",
            "ma|mes|mon passion|passions|hobby|hobbies|passe_temps *? *? est|sont|c",
        ],
    ),
    (
        Kind::Preference,
        &[
            "j|je|on|nous @adv? @aime|aimons|preferons|adorons|detestons *",
            "je|on|nous n|ne @aime|aimons @adv? pas|plus|guere|jamais|ni|que",
            "j aime @adv? pas *",
            "j ai toujours|jamais @adv? aime|adore|deteste|prefere|reve|voulu",
            "j|je n? ai jamais aime|supporte",
            "je m|me interesse|passionne @adv? a|au|aux|pour|par",
            "ce que j|je @aime",
            "je trouve .. ennuyeux|relaxant|reposant|degoutant|insupportable",
            "je suis .. du matin|soir",
            "je suis plutot *",
        ],
    ),
    (
        Kind::Trait,
        &[
            "je suis|etais un|une|le|la *",
            "j ai # ans",
            "j ai *? *? ans $",
            "je mesure|pese|chausse|fais #",
            "j ai les|la *? cheveux|yeux|peau *",
            "mon|ma|mes .. @detail *? *? est|sont|c|commence|finit *",
            "je crois en",
            "mon|ma|mes reve|objectif|ambition|but|resolution *? *? est|serait|c",
            "je reve d|de *",
            "je veux|souhaite|compte|prevois|espere d|de? devenir|apprendre|ouvrir|ecrire|courir|monter|adopter|acheter|creer|changer",
            "je suis timide|introverti|introvertie|extraverti|extravertie|curieux|curieuse|sportif|sportive|maniaque|frileux|frileuse",
        ],
    ),
    (
        Kind::Possession,
        &[
            "j|je|nous|on @adv? ai|avons|a|possede|possedons|conduis|roule|ai_achete|avons_achete un|une|deux|trois|#|des|mon|ma|notre|le .. @chose",
            "ma|mon|mes|notre|nos .. @chose *? *? est|a|sont|s|c *",
            "je roule|conduis en|une|un *",
            "je collectionne *",
            "je fais collection",
        ],
    ),
    (
        Kind::Activity,
        &[
            "je|j joue|jouais|pratique|apprends|chante|danse|peins|dessine|jardine|cours|nage|lis|cuisine|bricole|couds|tricote|ecris|grimpe|\
         surfe|skie|randonne|medite @adv? du|de|d|au|a|aux|la|le|l|les|en|dans|tous|depuis|chaque|un|une|regulierement|mes|mon|beaucoup|\
         deux|trois",
            "j apprends|ecris|ecoute|etudie|entraine *",
            "je m entraine|occupe",
            "je parle @adv? l|le|la|un|couramment|francais|anglais|espagnol|italien|allemand|arabe|portugais|russe|chinois|japonais|#|deux|\
         trois|quatre|breton|catalan|neerlandais",
            "je fais|prends|suis @adv? du|de|des cours|l|la? de|d|@activite .. @activite",
            "je fais partie d|de|du",
            "je fais @adv? du|des|de_la|de_l @activite",
            "je sais|ne sais pas? nager|conduire|cuisiner|coudre|jouer|danser|chanter|lire",
            "je|on|nous me? @habitude .. tous_les|toutes_les|chaque",
            "je|on|nous ne? me? @habitude toujours|jamais|souvent|rarement|generalement|tot|tard",
            "je vais .. au|a|en|la travail|bureau|salle|piscine|gym .. tous|toutes|chaque|a|en|le",
            "j ecris un|une",
            "j ai commence le|la|l|a *",
            "je me suis mis|mise|inscrit|inscrite a|au|aux",
        ],
    ),
];
