const FIRST =
  `Aisha Alejandro Amara Anders Anika Antonio Aylin Beatriz Benjamin Bianca Carlos Carmen Chidi Chloe Daniel Daria
Diego Dmitri Elena Elias Emeka Emilia Emma Enzo Fatima Felix Finn Freya Gabriel Giulia Grace Hana Hannah Hassan Hiroshi Ibrahim
Ingrid Isabel Ivan Jamal Jana Jonas Joseph Julia Kai Karim Katarina Kenji Lars Laura Leila Leon Liam Lina Linh Lucia Malik
Marco Maria Marta Matteo Mei Mia Mila Mohammed Nadia Naomi Niklas Nina Noah Nora Olga Oliver Omar Paul Priya Rafael Rahul Rosa
Samira Samuel Sara Sofia Sven Tariq Teresa Thomas Tomasz Valentina Viktor Wei Yara Yusuf Zoe`.split(/\s+/);

const LAST =
  `Abbott Adeyemi Ahmed Almeida Andersson Bauer Becker Bianchi Brandt Brooks Carter Castillo Chen Costa Cruz Diallo
Dubois Eriksson Fernandez Ferrari Fischer Fontaine Foster Garcia Goldberg Gomez Greco Gruber Haddad Hansen Hartmann Hoffmann
Horvath Hughes Ivanova Jansen Jensen Johnson Kapoor Kaya Keller Khan Kim Klein Kowalski Kruger Kumar Lange Larsen Lehmann
Lindgren Lopez Mancini Martin Mehta Meyer Morales Moreau Mueller Murphy Nakamura Nguyen Novak Nowak Okafor Oliveira Olsen
Osei Park Patel Pereira Petrov Popescu Quinn Ramirez Reyes Richter Romano Rossi Sato Schmidt Schneider Schulz Silva Singh
Sokolova Stewart Suzuki Tanaka Torres Vargas Vogel Wagner Walker Weber Williams Wright Yilmaz Zhang Zimmermann`.split(
    /\s+/,
  );

/** Number of distinct names. */
export const NAME_COUNT = FIRST.length * LAST.length;

/** Returns a human-looking name. Different numbers below {@link NAME_COUNT} give different names. */
export function nameOf(number: number): string {
  const first = FIRST[number % FIRST.length];
  const last = LAST[Math.floor(number / FIRST.length) % LAST.length];
  return `${first} ${last}`;
}
