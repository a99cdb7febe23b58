//! French words that patterns name together.

/// Named sets, used as `@name`: one name, then its words.
pub(super) const SETS: &[(&str, &str)] = &[
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
