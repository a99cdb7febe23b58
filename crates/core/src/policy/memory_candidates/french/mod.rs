//! French: what people say when they speak of themselves. Words are folded: no accents, no apostrophes.

mod sets;
mod statements;

use super::grammar::Tables;

pub(super) const TABLES: Tables = Tables {
    sets: sets::SETS,
    joints: &["et", "mais", "car", "que", "puisque", "donc", "alors", "comme", "or"],
    leads: LEADS,
    remember: REMEMBER,
    not_meant: NOT_MEANT,
    requests: REQUESTS,
    not_lasting: NOT_LASTING,
    statements: statements::STATEMENTS,
};

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
    "pouvez|pourriez|voulez vous",
    "je veux|voudrais|souhaite que tu|vous",
    "oublie|oubliez|efface|effacez|supprime|supprimez",
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
