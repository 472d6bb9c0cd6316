//! What the members of a user must be like (contract 11.1).

use crate::customers::Customer;
use crate::wire::Refusal;

/// `local@domain`, the domain one of the tenant's.
pub(crate) fn principal_name(text: &str, customer: &Customer) -> Result<String, Refusal> {
    let refuse = |rule: &str| Err(Refusal::property("userPrincipalName", rule));
    let Some((local, domain)) = text.split_once('@') else {
        return refuse("it must be a name, @ and a domain");
    };
    let usual = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c);
    if !(1..=64).contains(&local.len()) || !local.chars().all(usual) || local.starts_with('.') || local.ends_with('.') {
        return refuse("the name has 1 to 64 letters, digits and '.-_!#^~, no period first or last");
    }
    if !domain.eq_ignore_ascii_case(&customer.domain) {
        return refuse("the domain must be a verified domain of the tenant");
    }
    Ok(text.to_owned())
}

/// Two letters, any case.
pub(crate) fn usage_location(text: &str) -> Result<String, Refusal> {
    match text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        true => Ok(text.to_uppercase()),
        false => Err(Refusal::property("usageLocation", "two letters of a country")),
    }
}

/// 8 to 256 characters of at least three kinds, without the name of the account.
pub(crate) fn check_password(password: &str, principal_name: &str) -> Result<(), Refusal> {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_uppercase(),
        |c| c.is_lowercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_alphanumeric() && !c.is_whitespace(),
    ];
    let strong = kinds.iter().filter(|kind| password.chars().any(**kind)).count() >= 3;
    let name = principal_name.split('@').next().unwrap_or("").to_lowercase();
    let tells_name = name.len() > 3 && password.to_lowercase().contains(&name);
    if !(8..=256).contains(&password.chars().count()) || !strong || tells_name {
        return Err(Refusal::property(
            "passwordProfile.password",
            "8 to 256 characters of at least three kinds, not the user's name",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_complex() {
        for good in ["Abcdefg1", "abcdef1!", "ABCDEF1!", "Abc defg!"] {
            assert!(check_password(good, "anna@a.onmicrosoft.com").is_ok(), "{good}");
        }
        for bad in ["Abcdef1", "abcdefgh1", "ABCDEFGHI", "xAnna123!", &"aB1".repeat(100)] {
            assert!(check_password(bad, "anna@a.onmicrosoft.com").is_err(), "{bad}");
        }
    }
}
